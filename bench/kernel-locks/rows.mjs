// What the lock benchmarks share: contenders in processes of their own, and the rows that come of their times.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./client.mjs', import.meta.url));

async function withContenders(kind, count, work) {
  const directory = await mkdtemp(join(tmpdir(), 'ipcbench-bench-'));
  const children = await Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(program);
      child.send({ kind, directory });
      await once(child, 'message');
      return child;
    }),
  );
  try {
    return await work((task) =>
      Promise.all(
        children.map(async (child) => {
          const answer = once(child, 'message');
          child.send(task);
          return (await answer)[0];
        }),
      ),
    );
  } finally {
    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.disconnect();
    await Promise.all(ends);
    await rm(directory, { recursive: true, force: true });
  }
}

const at = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
const round = (value) => Number(value.toPrecision(3));

/** Kinds take turns, each in one process with nobody about; figures are of all its turns. */
export async function uncontendedRows(kinds, baseline, { turns = 5, timesPerTurn = 2000 } = {}) {
  const timesUs = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const kind of kinds) {
      await withContenders(kind, 1, async (ask) => {
        await ask({ do: 'alone', count: 200 });
        timesUs[kind].push(...(await ask({ do: 'alone', count: timesPerTurn }))[0]);
      });
    }
  }
  return kinds.map((kind) => ({
    lock: kind,
    processes: 1,
    'p50 us': round(at(timesUs[kind], 0.5)),
    'p99 us': round(at(timesUs[kind], 0.99)),
    [`p50 ÷ ${baseline}`]: round(at(timesUs[kind], 0.5) / at(timesUs[baseline], 0.5)),
  }));
}

/** One lock that all processes want all the time, with a section of `holdMs`. */
export async function contendedRow(kind, processes, { holdMs = 1, durationMs = 1500 } = {}) {
  const perProcess = await withContenders(kind, processes, (ask) => ask({ do: 'contend', holdMs, durationMs }));
  const sections = perProcess.flatMap((list, owner) =>
    list.map(([askedNs, enteredNs, leftNs]) => ({
      owner,
      waitedMs: Number(BigInt(enteredNs) - BigInt(askedNs)) / 1e6,
      enteredNs: BigInt(enteredNs),
      leftNs: BigInt(leftNs),
    })),
  );
  sections.sort((a, b) => (a.enteredNs < b.enteredNs ? -1 : 1));
  const handOversUs = sections.flatMap(({ owner, enteredNs }, index) => {
    const before = sections[index - 1];
    return before === undefined || before.owner === owner ? [] : [Number(enteredNs - before.leftNs) / 1000];
  });
  const waitsMs = sections.map(({ waitedMs }) => waitedMs);
  const counts = perProcess.map((list) => list.length);
  return {
    lock: kind,
    processes,
    'wait p50 ms': round(at(waitsMs, 0.5)),
    'wait p99 ms': round(at(waitsMs, 0.99)),
    'hand-over p50 us': round(at(handOversUs, 0.5)),
    'sections/s': round(sections.length / (durationMs / 1000)),
    'sections per process': `${Math.min(...counts)} … ${Math.max(...counts)}`,
    overlaps: handOversUs.filter((us) => us < 0).length,
  };
}

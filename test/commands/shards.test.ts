import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { Histogram } from '#src/measure/histogram.js';
import { isMeasured, type Report } from '#src/report/model.js';
import type { TraceOperation } from '#src/trace/operation.js';
import { every, folder, headerOf, look, merged, packageRoot, strategyOf, writeTrace } from '../replay/bench-trace.js';
import { processesOf, readReport, replayCommand, startReplay, until, untilNothingIsLeft } from '../replay/command.js';
import { needsRedis } from '../strategies/redis-program.js';
import { redisKeys, UserRedis } from '../strategies/redis-user.js';

const binary = join(packageRoot, 'bin/ipcbench.js');
const processes = ['p0', 'p1', 'p2', 'p3'];
const header = headerOf(processes.map((name) => ({ name })));

/** Each process has keys of its own; every operation says how long it took when it was recorded. */
const apart: TraceOperation[] = merged(
  ...processes.map((process, number) =>
    every(10, 20 + 10 * number, (index) => ({
      ...(index % 4 === 0 ? look(`${process}-${index % 3}`, process) : { op: 'order', process }),
      fields: { key: `${process}-${index % 3}` },
      recorded: { ms: 1 + ((index * 37 + number * 101) % 97) / 3 },
    })),
  ),
);

/** All want the same keys. */
const together: TraceOperation[] = merged(
  ...processes.map((process) => every(10, 30, (index) => ({ op: 'order', process, fields: { key: `k${index % 2}` } }))),
);

interface Served {
  child: ChildProcess;
  file: string;
  addresses: Record<string, string>;
}

async function serve(context: TestContext, args: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [binary, 'serve', ...args, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: await folder(context) },
  });
  context.after(() => void child.kill('SIGKILL'));
  assert.ok(child.stdout !== null);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { file, coordinators } = JSON.parse(line) as {
    file: string;
    coordinators: { name: string; address: string }[];
  };
  return { child, file, addresses: Object.fromEntries(coordinators.map(({ name, address }) => [name, address])) };
}

async function stop({ child }: Served): Promise<void> {
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
}

const told = /not ready by --start-at|that was .* s ago/;

/** Replays both halves at one time of day; on a machine that was too slow to be ready by then, once more with more time. */
async function halves(context: TestContext, trace: string, args: readonly string[]): Promise<string[]> {
  for (const leadSeconds of [6, 30, 90]) {
    const home = await folder(context);
    const startAt = new Date(Date.now() + leadSeconds * 1000).toISOString();
    const ended = await Promise.all(
      [1, 2].map((index) => {
        const own = ['--shard', `${index}/2`, '--start-at', startAt, '--report', join(home, `${index}.json`)];
        return replayCommand(context, [trace, ...args, ...own]);
      }),
    );
    const tooLate = ended.some(({ stdout, stderr }) => told.test(stdout + stderr));
    if (tooLate && leadSeconds < 90) continue;
    for (const { code, stdout, stderr } of ended) assert.equal(code, 0, `${stdout}\n${stderr}`);
    return [1, 2].map((index) => join(home, `${index}.json`));
  }
  throw new Error('the machine was never ready in time');
}

async function merge(context: TestContext, files: readonly string[]): Promise<Report> {
  const path = join(await folder(context), 'whole.json');
  const child = spawn(process.execPath, [binary, 'report', ...files, '--report', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, stderr);
  return readReport(path);
}

function only({ results: [result] }: Report) {
  assert.ok(result !== undefined && isMeasured(result), JSON.stringify(result));
  return result;
}

/** Without those that a busy machine adds. */
function shardWarnings({ warnings }: Report): string[] {
  return warnings.map(({ code }) => code).filter((code) => code.startsWith('SHARDS'));
}

/** Value and count of every bucket, decoded by the public library rather than by what is being tested. */
function bucketsOf(encoded: readonly string[]): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const text of encoded) {
    const histogram = decodeFromCompressedBase64(text);
    for (let rank = 1; rank <= histogram.totalCount; rank++) {
      const value = histogram.getValueAtPercentile((100 * (rank - 0.5)) / histogram.totalCount);
      buckets.set(value, (buckets.get(value) ?? 0) + 1);
    }
  }
  return new Map([...buckets].sort(([a], [b]) => a - b));
}

test('four shards, each replayed by itself, merge into the whole: every sample once, count for count', async (context) => {
  const trace = await writeTrace(context, header, apart);
  const home = await folder(context);
  const files = [1, 2, 3, 4].map((index) => join(home, `shard-${index}.json`));
  for (const [index, path] of files.entries()) {
    const { code, stderr } = await replayCommand(context, [
      trace,
      ...['-s', 'lock-pool', '--shard', `${index + 1}/4`, '--report', path],
    ]);
    assert.equal(code, 0, stderr);
  }
  const path = join(home, 'unsharded.json');
  assert.equal((await replayCommand(context, [trace, '-s', 'lock-pool', '--report', path])).code, 0);
  const [whole, unsharded] = [await merge(context, files), readReport(path)];
  const shards = files.map((file) => only(readReport(file)));
  for (const kind of ['order', 'look']) {
    const added = only(whole).operations[kind];
    const alone = only(unsharded).operations[kind];
    assert.ok(added !== undefined && alone !== undefined);
    assert.equal(added.count, apart.filter(({ op }) => op === kind).length);
    assert.equal(added.count, alone.count);
    // What was recorded is the same samples in both: so is their histogram.
    const recorded = new Histogram();
    for (const { op, recorded: then } of apart) if (op === kind) recorded.record((then?.ms ?? 0) * 1e6);
    assert.deepEqual(bucketsOf([added.histograms.recorded ?? '']), bucketsOf([recorded.encode()]));
    assert.deepEqual({ ...added.recordedMs, mean: 0 }, { ...alone.recordedMs, mean: 0 });
    assert.ok(Math.abs((added.recordedMs?.mean ?? 0) - (alone.recordedMs?.mean ?? 1)) < 1e-6);
    for (const time of ['response', 'service', 'dispatchLag', 'hold', 'lockWait'] as const) {
      const parts = shards.flatMap((shard) => shard.operations[kind]?.histograms[time] ?? []);
      assert.deepEqual(bucketsOf([added.histograms[time] ?? '']), bucketsOf(parts), `${kind} ${time}`);
    }
  }
  assert.deepEqual(shardWarnings(whole), ['SHARDS_APART', 'SHARDS_NOT_TOGETHER']);
  assert.deepEqual([whole.run.mergedFrom, whole.run.shard], [4, undefined]);
});

test('halves on one served coordinator, joined over TCP by a shared secret, meet on its locks', async (context) => {
  const trace = await writeTrace(context, header, together);
  const secret = join(await folder(context), 'secret');
  await writeFile(secret, 'one of the run, and of nobody else\n', { mode: 0o600 });
  const spec = 'keyed-locks:transport=tcp';
  const served = await serve(context, [spec, '--listen', '127.0.0.1:0', '--secret-file', secret]);
  const where = ['--join', `manager=${served.addresses.manager}`, '--secret-file', secret];
  const files = await halves(context, trace, ['-s', spec, '--shard-by', 'process', ...where]);
  await stop(served);
  const whole = await merge(context, files);
  const { operations, safety, coordinators } = only(whole);
  assert.deepEqual([operations.order?.count, operations.order?.errors, operations.order?.unfinished], [120, 0, 0]);
  assert.deepEqual(shardWarnings(whole), []);
  // What the other half held, no oracle saw.
  assert.deepEqual([safety.verdict, safety.overlaps, safety.lostUpdates, safety.staleReads], ['unchecked', 0, 0, 0]);
  assert.match(safety.reason, /what happened between shards no oracle saw/);
  // From an address nobody can tell which process serves there.
  assert.deepEqual(coordinators, []);
});

test('halves that share nothing are judged by their own oracles, and the file says whom to watch', async (context) => {
  const trace = await writeTrace(context, header, apart);
  const served = await serve(context, ['lock-pool']);
  const whole = await merge(context, await halves(context, trace, ['-s', 'lock-pool', '--join', served.file]));
  await stop(served);
  const { safety, coordinators, operations } = only(whole);
  assert.equal((operations.order?.count ?? 0) + (operations.look?.count ?? 0), apart.length);
  assert.equal(safety.unseen, undefined);
  assert.notEqual(safety.verdict, 'unsafe');
  assert.deepEqual(
    coordinators.map(({ name }) => name),
    ['manager'],
  );
});

/** Two pairs of processes, each of which wants one key. */
const pairs: TraceOperation[] = merged(
  ...processes.map((process, number) =>
    every(10, 60, () => ({ op: 'order', process, fields: { key: number < 2 ? 'left' : 'right' } })),
  ),
);

for (const [spec, verdict, exitCode] of [
  ['lock-pool', 'safe', 0],
  [strategyOf('broken', 'flaw=excludes-nobody'), 'unsafe', 1],
] as const) {
  test(`shards that share nothing, on what is ${verdict}, are ${verdict} together`, async (context) => {
    const trace = await writeTrace(context, header, pairs);
    const home = await folder(context);
    const files = [1, 2].map((index) => join(home, `${index}.json`));
    for (const [index, path] of files.entries()) {
      const load = ['--closed', '--concurrency', '8', '--shard', `${index + 1}/2`];
      const ended = await replayCommand(context, [trace, '-s', spec, ...load, '--report', path, '--require-safe']);
      assert.equal(ended.code, exitCode, ended.stderr);
    }
    const { safety } = only(await merge(context, files));
    assert.deepEqual([safety.verdict, safety.unseen], [verdict, undefined], safety.reason);
  });
}

test('a shard that is killed takes nothing with it that is not its own', async (context) => {
  const trace = await writeTrace(context, header, together);
  const served = await serve(context, ['lock-pool']);
  const killed = await startReplay(context, [trace, '-s', 'lock-pool', '--join', served.file, '--start-at', '+300s']);
  await until('workers', () => processesOf(killed).filter(({ role }) => role === 'worker').length === 4);
  killed.child.kill('SIGKILL');
  await untilNothingIsLeft(killed);
  assert.ok(existsSync(served.file));
  await stop(served);
});

test('what one run left in joined coordinators is gone before the next: nothing of it counts as lost', async (context) => {
  const trace = await writeTrace(context, header, together);
  const served = await serve(context, ['lock-pool']);
  const path = join(await folder(context), 'report.json');
  for (const _ of ['once', 'again']) {
    const args = [trace, '-s', 'lock-pool', '--join', served.file, '--report', path];
    const { code, stderr } = await replayCommand(context, args);
    assert.equal(code, 0, stderr);
    const { overlaps, lostUpdates, staleReads } = only(readReport(path)).safety;
    assert.deepEqual([overlaps, lostUpdates, staleReads], [0, 0, 0]);
  }
  await stop(served);
});

test('Ctrl-C ends a replay that waits for its time', async (context) => {
  const trace = await writeTrace(context, header, together);
  const waiting = await startReplay(context, [trace, '-s', 'lock-pool', '--start-at', '+300s']);
  await until('workers', () => processesOf(waiting).filter(({ role }) => role === 'worker').length === 4);
  waiting.child.kill('SIGINT');
  const { code, stderr } = await waiting.ended;
  assert.equal(code, 130, stderr);
  await untilNothingIsLeft(waiting);
});

test('a replay whose joined coordinators go says so, and is no success', async (context) => {
  const trace = await writeTrace(context, header, together);
  const served = await serve(context, ['lock-pool']);
  const args = [trace, '-s', 'lock-pool', '--join', served.file, '--start-at', '+12s', '--fail-on', 'errors>1000'];
  const path = join(await folder(context), 'report.json');
  const command = await startReplay(context, [...args, '--report', path]);
  await until('workers', () => processesOf(command).filter(({ role }) => role === 'worker').length === 4);
  await stop(served);
  const { code, stderr } = await command.ended;
  assert.notEqual(code, 0, stderr);
  const [result] = readReport(path).results;
  assert.ok(result !== undefined && result.state !== 'complete', JSON.stringify(result).slice(0, 400));
});

describe('a Redis that is shared', await needsRedis(), () => {
  test('keeps the keys of the run until serve ends, whichever shard ended before, and those of others for good', async (context) => {
    const redis = await UserRedis.start();
    context.after(() => redis.stop());
    const trace = await writeTrace(context, header, together);
    const secret = join(await folder(context), 'secret');
    await writeFile(secret, 'one of the run, and of nobody else\n', { mode: 0o600 });
    const spec = `redis:state=redis,url=${redis.url()}`;
    const served = await serve(context, [spec, '--secret-file', secret]);
    const where = ['--join', `redis=tcp:127.0.0.1:${redis.port}`, '--secret-file', secret];
    const files = await halves(context, trace, ['-s', spec, '--shard-by', 'process', ...where]);
    const kept = await redisKeys(redis.url());
    assert.ok(kept.length > 0 && kept.every((key) => key.startsWith('ipcbench:')));
    assert.equal(new Set(kept.map((key) => key.split(':')[1])).size, 1);
    await stop(served);
    assert.deepEqual(await redisKeys(redis.url()), []);
    assert.equal(only(await merge(context, files)).operations.order?.count, 120);
  });
});

const refusals: [title: string, args: string[], message: RegExp][] = [
  [
    'a time in the past',
    ['-s', 'none', '--start-at', '2020-01-01T00:00:00Z'],
    /--start-at 2020.*: that was \d+\.\d s ago/,
  ],
  ['a time for two strategies', ['-s', 'none', '-s', 'unlocked', '--start-at', '+5s'], /one round of one strategy/],
  ['a time for two rounds', ['-s', 'none', '--rounds', '2', '--start-at', '+5s'], /one round of one strategy/],
  ['a time with a warm-up', ['-s', 'none', '--warmup', '10ms', '--start-at', '+5s'], /--start-at and --warmup/],
  ['a shard out of range', ['-s', 'none', '--shard', '3/2'], /--shard 3\/2: expected i\/n/],
  ['--shard-by without --shard', ['-s', 'none', '--shard-by', 'process'], /--shard-by says how/],
  ['more shards than processes', ['-s', 'none', '--shard', '1/9'], /only 4 groups that take no lock in common/],
  ['a condition on a part', ['-s', 'none', '--shard', '1/2', '--fail-on', 'p99>1s'], /--fail-on judges whole runs/],
  ['joining in shards without a time', ['-s', 'lock-pool', '--shard', '1/2', '--join', 'x'], /needs --start-at/],
  [
    'joining what is not there',
    ['-s', 'lock-pool', '--join', '/nowhere/served.json'],
    /\/nowhere\/served\.json: .*still running/,
  ],
  ['joining nobody', ['-s', 'none', '--join', 'x'], /none has no coordinator that could be joined/],
  [
    'joining by address without a secret',
    ['-s', 'lock-pool:transport=tcp', '--join', 'manager=tcp:h:1'],
    /needs --secret-file/,
  ],
  ['a secret without --join', ['-s', 'lock-pool', '--secret-file', 'x'], /--secret-file is for --join/],
];
for (const [title, args, message] of refusals) {
  test(`${title} is refused in one line, before anything starts`, async (context) => {
    const trace = await writeTrace(context, header, apart);
    const { code, stdout, stderr } = await replayCommand(context, [trace, ...args]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^ipcbench: [^\n]+\n$/);
  });
}

const joins: [title: string, spec: string, where: string, message: RegExp][] = [
  [
    'another coordinator',
    'lock-pool:transport=tcp',
    'server=tcp:127.0.0.1:1',
    /has coordinators manager, given are server/,
  ],
  ['no address', 'lock-pool:transport=tcp', 'manager=unix:/x', /expected name=tcp:host:port/],
  ['what works on one machine only', 'combined:transport=tcp', 'positions=tcp:h:1', /works on one machine only/],
];
for (const [title, spec, where, message] of joins) {
  test(`joining by ${title} is refused`, async (context) => {
    const home = await folder(context);
    await writeFile(join(home, 'secret'), 'one of the run, and of nobody else');
    const trace = await writeTrace(context, header, apart);
    const args = [trace, '-s', spec, '--join', where, '--secret-file', 'secret'];
    const { code, stderr } = await replayCommand(context, args, home);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    await writeFile(join(home, 'secret'), 'short');
    assert.match((await replayCommand(context, args, home)).stderr, /5 letters are no secret/);
  });
}

test('conditions of a config file wait for the merged report, and that is said', async (context) => {
  const home = await folder(context);
  await writeFile(join(home, 'ipcbench.config.json'), '{"failOn": ["order.calls>0"]}');
  const trace = await writeTrace(context, header, apart);
  const { code, stderr } = await replayCommand(context, [trace, '-s', 'lock-pool', '--shard', '1/2'], home);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /conditions were not judged: give them to `ipcbench report`/);
});

test('a served strategy is joined by the same strategy only, and a file is not given a second secret', async (context) => {
  const trace = await writeTrace(context, header, apart);
  const served = await serve(context, ['lock-pool:size=8']);
  const other = await replayCommand(context, [trace, '-s', 'lock-pool', '--join', served.file]);
  assert.deepEqual([other.code, /give --strategy as serve was given it/.test(other.stderr)], [2, true], other.stderr);
  await stop(served);
  assert.deepEqual(readdirSync(join(served.file, '../..')), []);
});

for (const [title, args, message] of [
  ['listening on a Unix socket', ['lock-pool', '--listen', '127.0.0.1:0'], /give it transport=tcp/],
  ['a place that is none', ['lock-pool', '--listen', 'here'], /expected host:port/],
  ['a secret that is not there', ['lock-pool', '--secret-file', '/nowhere/s'], /--secret-file \/nowhere\/s: ENOENT/],
] as const) {
  test(`serve: ${title} is refused in one line`, async () => {
    const child = spawn(process.execPath, [binary, 'serve', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^ipcbench: [^\n]+\n$/);
  });
}

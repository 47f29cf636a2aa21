// Starts the coordinators of a strategy in processes of their own, for the benchmarks; also the program those processes run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadStrategy } from '../dist/strategies/index.js';

const self = fileURLToPath(import.meta.url);

/** A round of a strategy: `context` is what its clients connect with, plain data. */
export async function openStage(spec, structures = []) {
  const { strategy, options, reference } = await loadStrategy(spec);
  const unavailable = await strategy.unavailable?.(options);
  if (unavailable !== undefined) throw new Error(`${spec}: ${unavailable}`);
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const children = [];
  const addresses = {};
  const secret = 'bench';
  for (const { name, program, config } of strategy.coordinators(options)) {
    const child = fork(self, ['coordinator']);
    children.push(child);
    child.send({ program, context: { name, config, directory, secret } });
    const [{ address }] = await once(child, 'message');
    addresses[name] = address;
  }
  const context = { addresses, directory, secret, structures };
  return {
    context,
    reference,
    connect: (process) => strategy.connect({ ...context, process, options }),
    close: async () => {
      await Promise.all(children.map(ended));
      await rm(directory, { recursive: true });
    },
  };
}

/** Hangs up on a child and waits for its end. */
export function ended(child) {
  const exit = once(child, 'exit');
  child.disconnect();
  return exit;
}

/** The value below which a share of the samples lies. */
export function percentile(samples, share) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const rounded = (value) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);

if (process.argv[1] === self && process.argv[2] === 'coordinator') {
  process.once('message', async ({ program, context }) => {
    const { default: start } = await import(program);
    const running = await start(context);
    process.once('disconnect', () => running.close().then(() => process.exit()));
    process.send({ address: running.address });
  });
}

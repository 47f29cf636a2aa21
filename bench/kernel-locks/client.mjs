// One contender of the lock benchmarks, in a process of its own: opens what it is told, takes and gives, and reports its times.
import { lock } from 'proper-lockfile';
import { openFlockSlots } from '../../dist/strategies/locks/flock-slots.js';
import { KernelSlotLocks } from '../../dist/strategies/locks/kernel-slot-locks.js';
import { openSharedMemorySlots } from '../../dist/strategies/locks/shared-memory-slots.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nowNs = () => process.hrtime.bigint();

async function kernelLocks(slots) {
  const locks = new KernelSlotLocks(await slots, 256);
  return {
    take: () => locks.acquire(['key'], { timeoutMs: 60_000 }),
    give: (handle) => handle.release(),
    close: () => locks.close(),
  };
}

const kinds = {
  'file-locks': ({ directory }) => kernelLocks(openFlockSlots({ directory, threads: 4, fencing: false, tidy: false })),
  'file-locks:fencing=true': ({ directory }) =>
    kernelLocks(openFlockSlots({ directory, threads: 4, fencing: true, tidy: false })),
  'shared-memory': ({ directory }) => kernelLocks(openSharedMemorySlots({ directory, size: 256, futexWaitv: true })),
  'shared-memory:futexWaitv=false': ({ directory }) =>
    kernelLocks(openSharedMemorySlots({ directory, size: 256, futexWaitv: false })),
  // Its defaults wait a second before the first retry; this is the shortest interval its library takes as a whole number.
  'proper-lockfile': ({ directory }) => ({
    take: () =>
      lock(directory, { realpath: false, retries: { forever: true, factor: 1, minTimeout: 1, maxTimeout: 1 } }),
    give: (release) => release(),
    close: () => {},
  }),
};

/** Times of `count` locks and unlocks, nobody else about, in microseconds. */
async function alone({ take, give }, count) {
  const timesUs = [];
  for (let turn = 0; turn < count; turn++) {
    const fromNs = nowNs();
    await give(await take());
    timesUs.push(Number(nowNs() - fromNs) / 1000);
  }
  return timesUs;
}

/** Sections of `holdMs` one after the other until the time is over: waited, entered, left. */
async function contend({ take, give }, { holdMs, durationMs }) {
  const sections = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const askedNs = nowNs();
    const handle = await take();
    const enteredNs = nowNs();
    await sleep(holdMs);
    sections.push([askedNs, enteredNs, nowNs()].map(String));
    await give(handle);
  }
  return sections;
}

const tasks = { alone: (locks, { count }) => alone(locks, count), contend };

process.once('message', async ({ kind, directory }) => {
  const locks = await kinds[kind]({ directory });
  process.on('message', async (task) => process.send(await tasks[task.do](locks, task)));
  process.once('disconnect', async () => {
    await locks.close();
    process.exit();
  });
  process.send('ready');
});

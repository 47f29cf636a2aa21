// What watching costs, and whether it is right: the sampler at 10 Hz against what the kernel says of it and of its target, and what the
// target does while it is watched and while it isn't. `node bench/sampler.mjs`, or through `npm run bench`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startMonitor } from '../dist/monitor/monitor.js';

export const title = 'Watching a process at 10 Hz';

const watchedMs = 4000;
const now = () => Number(process.hrtime.bigint());

/** Counts how many short computations it does a second, and says so when asked. */
const busy = `
  let rounds = 0;
  process.on('message', () => process.send(rounds));
  const spin = () => { for (let i = 0; i < 20000; i++) Math.sqrt(i); rounds++; setImmediate(spin); };
  spin();
`;
/** Computes for 40 ms of each 100 ms: a steady load that 10 ms ticks see badly in short windows. */
const steady = `
  process.on('message', () => process.send(0));
  setInterval(() => { const until = performance.now() + 40; while (performance.now() < until); }, 100);
`;
const idle = `process.on('message', () => process.send(0));`;

export async function run() {
  return [
    await row('busy Node process', busy),
    await row('40 % busy Node process', steady),
    await row('idle Node process', idle),
  ];
}

async function row(name, source) {
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    await ask(child);
    await delay(watchedMs / 4);
    const alone = await roundsPerCpuMs(child, () => delay(watchedMs / 2));
    let usage;
    let ticks;
    let cost;
    const watched = await roundsPerCpuMs(child, async () => {
      const monitor = startMonitor([{ name, pid: child.pid, runtime: 'threads' }], { now });
      monitor.mark();
      const before = { ticks: cpuMs(child.pid), atMs: performance.now(), own: process.cpuUsage() };
      await delay(watchedMs);
      [usage] = monitor.stop();
      const elapsedMs = performance.now() - before.atMs;
      ticks = (100 * (cpuMs(child.pid) - before.ticks)) / elapsedMs;
      const own = process.cpuUsage(before.own);
      cost = (100 * (own.user + own.system)) / 1000 / elapsedMs;
    });
    return {
      target: name,
      'CPU % (sampler)': round(usage.cpuPercent.mean),
      'CPU % (kernel, same time)': round(ticks),
      'difference, points': round(Math.abs(usage.cpuPercent.mean - ticks)),
      verdict: usage.verdict,
      'sampler, % of a core': round(cost),
      'target work per CPU ms, watched ÷ alone': alone === 0 ? '–' : round(watched / alone),
    };
  } finally {
    child.kill('SIGKILL');
  }
}

/** What the target gets done in a millisecond of its own CPU time while `meanwhile` runs: neighbours on the machine hardly change it. */
async function roundsPerCpuMs(child, meanwhile) {
  const [from, fromMs] = [await ask(child), cpuMs(child.pid)];
  await meanwhile();
  return ((await ask(child)) - from) / Math.max(1, cpuMs(child.pid) - fromMs);
}

async function ask(child) {
  const answer = once(child, 'message');
  child.send('how many');
  return (await answer)[0];
}

/** User and system time in ticks of 10 ms: fields 14 and 15 of proc_pid_stat(5). */
function cpuMs(pid) {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function round(value) {
  return Number(value.toFixed(2));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await run());

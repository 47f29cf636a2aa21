// What watching costs, and whether it is right: `profile` at 10 Hz on real coordinators under load, against what pidstat says of them over
// the same time (or, where it is not installed, the kernel's own ticks), and what they get done while they are watched and while they
// aren't. `node bench/sampler.mjs`, or through `npm run bench`; `node scripts/ensure-debian.mjs sysstat:pidstat` installs pidstat.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { profile } from '../dist/index.js';
import { targets } from './sampler-targets/targets.mjs';

export const title = 'Watching a process at 10 Hz (CPU in percent of one core)';

const watchedSeconds = 5;
const turns = 2;

export async function run() {
  const rows = [];
  for (const [name, start] of Object.entries(targets)) {
    const target = await start();
    if (target === undefined) {
      rows.push({ target: name, verdict: 'not installed' });
      continue;
    }
    try {
      await delay(1500);
      rows.push({ target: name, ...(await measure(target)) });
    } finally {
      await target.end();
    }
  }
  return rows;
}

/** Alone and watched in turns, so that what the machine does meanwhile meets both. */
async function measure(target) {
  const alone = [];
  const watched = [];
  let seen;
  for (let turn = 0; turn < turns; turn++) {
    alone.push(await workOf(target, () => delay(watchedSeconds * 1000)));
    watched.push(
      await workOf(target, async () => {
        seen = await watch(target.pid);
      }),
    );
  }
  const sum = (parts, what) => parts.reduce((total, part) => total + part[what], 0);
  const rate = (parts) => sum(parts, 'done') / Math.max(1, sum(parts, 'cpuMs'));
  const [main] = seen.profile.processes;
  return {
    'CPU, profile': round(main.cpuPercent.mean),
    [`CPU, ${seen.by}`]: round(seen.cpuPercent),
    'points apart': round(Math.abs(main.cpuPercent.mean - seen.cpuPercent)),
    'run-queue wait': round(main.runQueueWaitPercent.mean),
    verdict: main.verdict,
    'sampler, % of a core': round(seen.costPercent),
    'work per CPU ms, watched ÷ alone': sum(alone, 'done') === 0 ? '–' : round(rate(watched) / rate(alone)),
  };
}

/** One profile, and what somebody else says of the same process over the same time. */
async function watch(pid) {
  const other = pidstat(pid);
  const ticksBefore = cpuMs(pid);
  const [startMs, own] = [performance.now(), process.cpuUsage()];
  const profiled = await profile(pid, { durationMs: watchedSeconds * 1000 });
  const used = process.cpuUsage(own);
  const elapsedMs = performance.now() - startMs;
  const ticksPercent = (100 * (cpuMs(pid) - ticksBefore)) / elapsedMs;
  const said = await other;
  return {
    profile: profiled,
    by: said === undefined ? 'kernel ticks' : 'pidstat',
    cpuPercent: said ?? ticksPercent,
    costPercent: (used.user + used.system) / 10 / elapsedMs,
  };
}

/** %CPU of one process by pidstat(1), over as long as it is watched; undefined where it is not installed. */
async function pidstat(pid) {
  const child = spawn('pidstat', ['-u', '-p', String(pid), String(watchedSeconds), '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C', S_COLORS: 'never' },
  });
  const failed = new Promise((resolve) => child.once('error', () => resolve('')));
  const said = await Promise.race([failed, text(child.stdout)]);
  const columns = /^#?.*%CPU.*$/m.exec(said)?.[0].trim().split(/\s+/) ?? [];
  const values =
    /^Average:.*$/gm
      .exec(said.replace(/^Average:.*%CPU.*$/gm, ''))?.[0]
      .trim()
      .split(/\s+/) ?? [];
  // Counted from the right: what stands before differs with the clock's format.
  const value = Number(values.at(columns.indexOf('%CPU') - columns.length));
  return Number.isFinite(value) ? value : undefined;
}

/** What the target got done while `meanwhile` ran, and the CPU time that it took: neighbours on the machine hardly change the ratio. */
async function workOf({ pid, done }, meanwhile) {
  const [from, fromMs] = [await done(), cpuMs(pid)];
  await meanwhile();
  return { done: (await done()) - from, cpuMs: cpuMs(pid) - fromMs };
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

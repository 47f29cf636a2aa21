import { IpcbenchError } from '../errors.js';
import type { Profile } from '../measure/profile.js';
import { type ObservationOptions, startObservation } from './observation.js';

/** How long a process is watched unless told otherwise. */
const defaultDurationMs = 10_000;

/**
 * Watches a live process of this machine, and tells how busy it is, why, and what to try: what `ipcbench profile <pid>` prints with
 * `--format json`. Ends after `durationMs` (10 s), by `signal`, or with the process, whichever comes first.
 * @throws IpcbenchError `USAGE` or `NO_PROCESS` when it can't be watched, `UNAVAILABLE` when `cpu` is asked for and can't be had
 * @example
 * const { processes: [manager] } = await profile(pid, { durationMs: 5_000 });
 * if (manager.verdict === 'severe') console.log(manager.reasons.join('; '));
 */
export async function profile(pid: number, options: ObservationOptions = {}): Promise<Profile> {
  const observation = await startObservation(pid, { durationMs: defaultDurationMs, ...options });
  if (observation.cpuFault === undefined) await observation.over;
  const { profile: seen, cpu } = await observation.finish();
  if (cpu.state === 'failed') throw new IpcbenchError('UNAVAILABLE', `no CPU profile of process ${pid}: ${cpu.reason}`);
  return cpu.state === 'taken' ? { ...seen, cpuProfile: cpu.summary } : seen;
}

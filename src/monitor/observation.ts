import { messageOf } from '../errors.js';
import type { Profile } from '../measure/profile.js';
import { type DeepCapture, type DeepProfile, startDeepProfile } from './deep/deep-profile.js';
import { profileProcess } from './profile.js';
import { defaultThresholds, type Thresholds } from './verdict.js';

export interface ObservationOptions {
  /** Default 100. */
  intervalMs?: number;
  /** Whether its descendants are watched too. */
  children?: boolean;
  /** Default 50 and 80 percent of a core. */
  thresholds?: Thresholds;
  /** Whether a CPU profile is taken too. */
  cpu?: boolean;
  /** Ends by itself when the signal comes or the time is over; default: when it is finished. */
  durationMs?: number;
  signal?: AbortSignal;
  /** Password for a Redis server that wants one. */
  redisPassword?: string;
  /** Called about once a second with what was seen so far. */
  onSecond?: (profile: Profile) => void;
}

/** What was seen of a process. */
export interface Observed {
  profile: Profile;
  cpu: { state: 'not asked' } | ({ state: 'taken' } & DeepCapture) | { state: 'failed'; reason: string };
}

/** A process being watched. */
export interface Observation {
  /** Why there will be no CPU profile, where one was asked for and can't be had. */
  cpuFault?: string;
  /** Resolves when it ends by itself: the time is over, the signal came, or the process has ended. Never rejects. */
  over: Promise<void>;
  /** Ends it and tells what was seen. */
  finish(): Promise<Observed>;
}

/**
 * Begins to watch a process, with a CPU profile where that is asked for. When it resolves, sampling is under way. A CPU profile that can't be
 * had is part of the result, and no error.
 * @throws IpcbenchError `USAGE` or `NO_PROCESS` when it can't be watched
 */
export async function startObservation(pid: number, options: ObservationOptions = {}): Promise<Observation> {
  const deep = options.cpu === true ? await startDeepProfile(pid).catch(messageOf) : undefined;
  const stop = new AbortController();
  const { children = false, intervalMs = 100, thresholds = defaultThresholds, cpu: _cpu, signal, ...rest } = options;
  const watching = profileProcess(pid, {
    ...rest,
    children,
    intervalMs,
    thresholds,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    ...(typeof deep === 'object' && deep.port !== undefined ? { hiddenPort: deep.port } : {}),
  });
  const over = watching.then(
    () => undefined,
    () => undefined,
  );
  return {
    over,
    ...(typeof deep === 'string' ? { cpuFault: deep } : {}),
    async finish() {
      stop.abort();
      // The CPU profile ends whatever became of the rest: it must not stay in the target.
      const [profile, cpu] = await Promise.allSettled([watching, over.then(() => captured(deep))]);
      if (profile.status === 'rejected') throw profile.reason;
      return {
        profile: profile.value,
        cpu: cpu.status === 'fulfilled' ? cpu.value : { state: 'failed', reason: messageOf(cpu.reason) },
      };
    },
  };
}

async function captured(deep: DeepProfile | string | undefined): Promise<Observed['cpu']> {
  if (deep === undefined) return { state: 'not asked' };
  if (typeof deep === 'string') return { state: 'failed', reason: deep };
  return { state: 'taken', ...(await deep.finish()) };
}

import { rm } from 'node:fs/promises';
import type { CoordinatorRecording } from '../monitor/clinic/coordinator-recorder.js';
import { listenAddressOf } from '../strategies/coordinator/address.js';
import type { CoordinatorPlan, ListenAddress } from '../strategies/strategy.js';
import { type Child, startChild } from './child.js';
import type { CoordinatorReply, CoordinatorStart } from './messages.js';
import type { RunDirectory } from './run-directory.js';

/** A coordinator in a process of its own. */
export interface CoordinatorProcess {
  plan: CoordinatorPlan;
  address: string;
  /** The process that serves: not always the one that was forked (a server from elsewhere). */
  pid: number;
  /** The process to sample: this one, or a server it looks after that is somebody else's; undefined: that one cannot be sampled. */
  sampledPid: number | undefined;
  child: Child<CoordinatorStart | { kind: 'stop' }, CoordinatorReply>;
  /** Resolves with how it ended, in words, whichever process it is that serves. */
  lost: Promise<string>;
  end(): Promise<void>;
}

export interface CoordinatorHome {
  directory: string;
  secret: string;
  realm?: string;
  listen?: ListenAddress;
  runDirectory: RunDirectory;
  core: number | undefined;
  /** Begins the recording of a coordinator of this name, where one is wanted. */
  record?: ((coordinator: string) => CoordinatorRecording | undefined) | undefined;
}

const startWithinMs = 15_000;
const endWithinMs = 3_000;
/** With a recording to write. */
const recordedEndWithinMs = 30_000;
const watchEveryMs = 250;

/** Starts one coordinator; when that fails, nothing of it is left. */
export async function startCoordinator(plan: CoordinatorPlan, home: CoordinatorHome): Promise<CoordinatorProcess> {
  const { runDirectory, core, record, ...told } = home;
  const recorded = record?.(plan.name);
  const child: CoordinatorProcess['child'] = startChild({
    name: `coordinator ${plan.name}`,
    entry: './coordinator-host.js',
    runDirectory,
    core,
    instrumentation: recorded?.recording.instrumentation(),
    // Opens nothing; should a profiler ask for the inspector (SIGUSR1), it takes a free port.
    nodeOptions: ['--inspect-port=0'],
  });
  try {
    child.send({ kind: 'start', plan, ...told });
    const pick = (reply: CoordinatorReply) => (reply.kind === 'listening' ? reply : undefined);
    const { address, pid, sampledPid } = await child.expect(pick, 'start serving', startWithinMs);
    const foreign = pid !== child.pid;
    if (foreign) runDirectory.adopt(pid);
    if (foreign && recorded !== undefined)
      recorded.unseen = 'its process is another program, which clinic cannot look into';
    const watch = foreign ? watchProcess(pid) : undefined;
    const exited = child.exited.then(({ text }) => text);
    const end = async (): Promise<void> => {
      watch?.stop();
      await child.end({ kind: 'stop' }, recorded === undefined ? endWithinMs : recordedEndWithinMs);
      if (foreign) runDirectory.endAdopted(pid);
    };
    return {
      plan,
      address,
      pid,
      sampledPid,
      child,
      end,
      lost: Promise.race([exited, ...(watch === undefined ? [] : [watch.gone])]),
    };
  } catch (error) {
    await child.end(undefined, endWithinMs);
    throw error;
  }
}

/** Notices the end of a process that is not a child of this one. */
export function watchProcess(pid: number): { gone: Promise<string>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const gone = new Promise<string>((resolve) => {
    timer = setInterval(() => {
      try {
        process.kill(pid, 0);
      } catch {
        clearInterval(timer);
        resolve('has ended or was killed');
      }
    }, watchEveryMs);
  });
  return { gone, stop: () => clearInterval(timer) };
}

/** Kills a coordinator and starts it again at the same address, empty, as an operator would after a crash. */
export async function restartCoordinator(old: CoordinatorProcess, home: CoordinatorHome): Promise<CoordinatorProcess> {
  process.kill(old.pid, 'SIGKILL');
  await old.end();
  // A killed server leaves its socket's name behind, where the next could not listen.
  if (old.address.startsWith('unix:')) await rm(old.address.slice('unix:'.length), { force: true });
  const listen = listenAddressOf(old.address);
  return startCoordinator(old.plan, listen === undefined ? home : { ...home, listen });
}

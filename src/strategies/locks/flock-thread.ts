import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import { openLibc } from '../../system/libc.js';
import type { SlotFiles } from './flock-files.js';
import { CANCELLED, type FlockThreadData, type FlockThreadMessage, STATE } from './flock-protocol.js';
import { bindFlock, type Flock } from './libc-flock.js';
import { bindThreadInterrupt } from './libc-signal.js';
import { threadStates } from './waiting-thread.js';

/** A thread that does nothing but wait for locks: one at a time, through the turnstile, in the kernel's own queue. */
async function serve(port: MessagePort, { flags }: FlockThreadData): Promise<void> {
  const tell = (message: FlockThreadMessage): void => port.postMessage(message);
  const libc = await openLibc();
  const flock = bindFlock(libc);
  const thread = bindThreadInterrupt(libc).currentThread();
  port.on('message', (files: SlotFiles) => tell(wait(flock, files, flags)));
  enter(flags, threadStates.idle);
  tell({ kind: 'ready', thread });
}

function wait(flock: Flock, files: SlotFiles, flags: Int32Array): FlockThreadMessage {
  enter(flags, threadStates.inCall);
  try {
    if (!block(flock, files.queue, flags)) return { kind: 'left' };
    try {
      return { kind: block(flock, files.main, flags) ? 'taken' : 'left' };
    } finally {
      flock.unlock(files.queue);
    }
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  } finally {
    enter(flags, threadStates.idle);
  }
}

function enter(flags: Int32Array, state: number): void {
  Atomics.store(flags, STATE, state);
  Atomics.notify(flags, STATE);
}

/** Any signal may end the call (a debugger's, a stop and continue): only a cancelled wait ends for good. */
function block(flock: Flock, descriptor: number, flags: Int32Array): boolean {
  while (Atomics.load(flags, CANCELLED) === 0) {
    if (flock.lock(descriptor)) return true;
  }
  return false;
}

if (parentPort !== null) await serve(parentPort, workerData as FlockThreadData);

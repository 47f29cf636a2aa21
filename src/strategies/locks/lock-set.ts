import { IpcbenchError, isIpcbenchError } from '../../errors.js';
import { type AcquireOptions, type LockHandle, type Meter, noMeter, type PendingWrite } from '../strategy.js';

/** One lock that is held. */
export interface Grant {
  token: number | undefined;
  release(meter: Meter): Promise<void>;
  /** Stores a last value and releases in one call. */
  releaseWith?(write: PendingWrite, meter: Meter): Promise<void>;
}

/** Takes one lock. @throws IpcbenchError `LOCK_TIMEOUT`, `ABORTED`, `COORDINATOR_LOST`, `CLOSED` */
export type Take = (name: string, options: AcquireOptions, meter: Meter) => Promise<Grant>;

/**
 * Takes the locks of all `names` in sorted order, each once, within one time-out. Since everybody keeps to that order, no two can wait
 * for each other. If one can't be had, those taken before are released and nothing is held.
 */
export async function takeAll(
  names: readonly string[],
  take: Take,
  options: AcquireOptions,
  meter: Meter,
): Promise<Grant[]> {
  const [only] = names;
  if (names.length === 1 && only !== undefined) return [await take(only, options, meter)];
  const deadlineMs = performance.now() + options.timeoutMs;
  const taken: Grant[] = [];
  try {
    for (const name of [...new Set(names)].sort()) {
      const timeoutMs = Math.max(0, deadlineMs - performance.now());
      taken.push(await take(name, { ...options, timeoutMs }, meter));
    }
    return taken;
  } catch (error) {
    // The error that started it is the one to show.
    await releaseAll(taken, meter).catch(() => {});
    throw error;
  }
}

/** Releases in reverse order, all of them even if one fails. @throws the first error */
export async function releaseAll(grants: readonly Grant[], meter: Meter): Promise<void> {
  let failure: unknown;
  for (const grant of grants.toReversed()) {
    try {
      await grant.release(meter);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}

/** All the locks that one session holds, so that closing it gives them back. */
export class Holdings {
  readonly #handles = new Set<LockHandle>();
  #closed = false;

  /**
   * A handle for what was granted, which releases once.
   * @throws IpcbenchError `CLOSED` when the session was closed meanwhile; what was granted is given back
   */
  hold(grants: readonly Grant[], guards?: readonly string[]): LockHandle {
    if (this.#closed) {
      void releaseAll(grants, noMeter).catch(() => {});
      throw new IpcbenchError('CLOSED', 'the session was closed while it waited for a lock');
    }
    let held = true;
    const once = async (release: () => Promise<void>): Promise<void> => {
      if (!held) return;
      held = false;
      this.#handles.delete(handle);
      await release().catch((error: unknown) => {
        throw isIpcbenchError(error, 'COORDINATOR_LOST') ? lockLost(error) : error;
      });
    };
    const [only] = grants;
    const releaseWith = grants.length === 1 ? only?.releaseWith : undefined;
    const handle: LockHandle = {
      fencingToken: grants.at(-1)?.token,
      ...(guards === undefined ? {} : { guards }),
      release: (meter = noMeter) => once(() => releaseAll(grants, meter)),
      ...(releaseWith === undefined
        ? {}
        : {
            releaseWith: async (write, meter = noMeter) => {
              if (!held) throw new IpcbenchError('LOCK_LOST', 'the lock was released before its last write');
              await once(() => releaseWith(write, meter));
            },
          }),
    };
    this.#handles.add(handle);
    return handle;
  }

  /** Gives everything back; a coordinator that is gone has nothing to give back to. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#handles].map((handle) => handle.release()));
  }
}

export function lockTimeout(name: string, timeoutMs: number): IpcbenchError {
  return new IpcbenchError('LOCK_TIMEOUT', `lock ${quoted(name)} was not granted within ${Math.round(timeoutMs)}ms`);
}

export function lockLost(cause: IpcbenchError): IpcbenchError {
  return new IpcbenchError('LOCK_LOST', `the lock was lost while held: ${cause.message}`, { cause });
}

/** A key in an error message: keys may be 64 KiB long. */
export function quoted(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}

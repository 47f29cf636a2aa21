import type { Telemetry } from '../telemetry/telemetry.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter, type Session } from './strategy.js';

/**
 * A session whose waits and holds are told to OpenTelemetry; the session itself where no SDK is registered.
 * @param strategy its name, or its label where several variants are told apart
 */
export function toldSession(session: Session, strategy: string, telemetry: Telemetry | undefined): Session {
  if (telemetry === undefined) return session;
  return {
    locks: new ToldLocks(session.locks, strategy, telemetry),
    state: session.state,
    ...(session.submits === undefined ? {} : { submits: session.submits }),
    ...(session.fanOut === undefined ? {} : { fanOut: session.fanOut }),
    close: () => session.close(),
  };
}

class ToldLocks implements Locks {
  readonly #locks: Locks;
  readonly #strategy: string;
  readonly #telemetry: Telemetry;

  constructor(locks: Locks, strategy: string, telemetry: Telemetry) {
    this.#locks = locks;
    this.#strategy = strategy;
    this.#telemetry = telemetry;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    const acquired = this.#telemetry.startAcquire(this.#strategy, keys.length, meter.parent);
    try {
      const handle = await this.#locks.acquire(keys, options, this.#counting(meter));
      acquired();
      return this.#told(handle, keys.length, meter);
    } catch (error) {
      acquired(error);
      throw error;
    }
  }

  #counting(meter: Meter): Meter {
    return {
      enter: (phase) => meter.enter(phase),
      call: (sent, received) => meter.call(sent, received),
      connection: (messages, sent, received) => meter.connection(messages, sent, received),
      lockCreated: () => {
        meter.lockCreated();
        this.#telemetry.lockCreated(this.#strategy);
      },
      figure: (name, value) => meter.figure?.(name, value),
      count: (name, by) => meter.count?.(name, by),
      parent: meter.parent,
    };
  }

  #told(handle: LockHandle, keys: number, { parent }: Meter): LockHandle {
    const held = this.#telemetry.startHold(this.#strategy, keys, parent);
    // The hold is over when the release is asked for: from then on another may be let in.
    const until = async (release: () => Promise<void>): Promise<void> => {
      const askedMs = performance.now();
      try {
        await release();
        held(undefined, askedMs);
      } catch (error) {
        held(error, askedMs);
        throw error;
      }
    };
    const releaseWith = handle.releaseWith?.bind(handle);
    return {
      fencingToken: handle.fencingToken,
      ...(handle.guards === undefined ? {} : { guards: handle.guards }),
      release: (meter) => until(() => handle.release(meter)),
      ...(releaseWith === undefined ? {} : { releaseWith: (write, meter) => until(() => releaseWith(write, meter)) }),
    };
  }
}

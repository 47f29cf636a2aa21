import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isIpcbenchError } from '#src/errors.js';
import type { Phase } from '#src/measure/result.js';
import { noMeter, type Session, type Value } from '#src/strategies/strategy.js';

/** A stream of numbers in 0 … 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Section {
  key: string;
  enteredNs: bigint;
  leftNs: bigint;
}

export interface Contention {
  seed: number;
  sections: number;
  keys: string[];
  /** How many keys one section takes at most. */
  width: number;
  /** Operations of this process at once. */
  concurrency: number;
}

export interface Meeting {
  key: string;
  /** Phase at which to make the file `mark`. */
  markAt: Phase;
  mark: string;
  /** Phase at which to stop until the file `waitFor` is there. */
  waitAt: Phase;
  waitFor: string;
}

/** Stops the whole process, as being preempted would: nothing of it runs until the other process has come as far. */
function meetAt(phase: Phase, { markAt, mark, waitAt, waitFor }: Meeting): Phase {
  if (phase === markAt) writeFileSync(mark, '');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; phase === waitAt && !existsSync(waitFor); waitedMs++) {
    if (waitedMs > 20_000) throw new Error(`${waitFor} never came`);
    Atomics.wait(cell, 0, 0, 1);
  }
  return 'other';
}

/** Loops that run inside a client process, so that what a test observes is several processes at full speed. */
export const scenarios: Record<string, (session: Session, given: never) => Promise<unknown>> = {
  /** Enters critical sections on random keys, counting under the lock; resolves to the stamps of all sections. */
  contend: async (session: Session, given: Contention): Promise<Section[]> => {
    const stamps: Section[] = [];
    const random = randomFrom(given.seed);
    const chain = async (sections: number): Promise<void> => {
      for (let i = 0; i < sections; i++) {
        const wanted = Array.from({ length: 1 + Math.floor(random() * given.width) }, () => {
          return given.keys[Math.floor(random() * given.keys.length)] ?? '';
        });
        const handle = await session.locks.acquire(wanted, { timeoutMs: 60_000 });
        const enteredNs = process.hrtime.bigint();
        for (const key of new Set(wanted)) {
          const before = await session.state.get('counts', key);
          await (random() < 0.2 ? sleep(1) : undefined);
          await session.state.set('counts', key, (typeof before === 'number' ? before : 0) + 1);
        }
        const leftNs = process.hrtime.bigint();
        for (const key of new Set(wanted)) stamps.push({ key, enteredNs, leftNs });
        await handle.release();
      }
    };
    await Promise.all(Array.from({ length: given.concurrency }, () => chain(given.sections)));
    return stamps;
  },

  /** Locks and releases every key `prefix0` … once. */
  touch: async (session: Session, given: { prefix: string; count: number; concurrency: number }): Promise<void> => {
    let next = 0;
    const chain = async (): Promise<void> => {
      while (next < given.count)
        await (await session.locks.acquire([given.prefix + next++], { timeoutMs: 30_000 })).release();
    };
    await Promise.all(Array.from({ length: given.concurrency }, chain));
  },

  /** Takes a key and keeps it; resolves to whether it was granted. On the way it stops where it is told to, until another says so. */
  meet: async (session: Session, given: Meeting): Promise<boolean> => {
    try {
      await session.locks.acquire(
        [given.key],
        { timeoutMs: 500 },
        { ...noMeter, enter: (phase) => meetAt(phase, given) },
      );
      return true;
    } catch (error) {
      if (isIpcbenchError(error, 'LOCK_TIMEOUT')) return false;
      throw error;
    }
  },

  putMany: async (session: Session, given: { queue: string; values: Value[] }): Promise<void> => {
    for (const value of given.values) await session.state.put(given.queue, value);
  },

  /** Takes until nothing has come for a while. */
  takeAll: async (session: Session, given: { queue: string; patienceMs: number }): Promise<Value[]> => {
    const taken: Value[] = [];
    for (;;) {
      const value = await session.state.take(given.queue, given.patienceMs);
      if (value === undefined) return taken;
      taken.push(value);
    }
  },
};

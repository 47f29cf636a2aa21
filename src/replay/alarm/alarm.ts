import type { Clock } from '../../measure/clock.js';
import { DueHeap } from './due-heap.js';
import { openWaker } from './open-waker.js';
import type { WakerSource } from './waker.js';

/** Wakes callbacks at absolute times of a clock, some 0.1 ms late instead of setTimeout's 0.5–1.1 ms, without spinning. */
export interface Alarm {
  /** Calls `wake` once `clock.nowNs()` has reached `dueNs`; at once (but not before returning) when it has already. */
  at(dueNs: number, wake: () => void): void;
  /** Resolves when `dueNs` has come. */
  until(dueNs: number): Promise<void>;
  /** Callbacks that are still pending are never called. */
  close(): Promise<void>;
}

export async function startAlarm(clock: Clock, source: WakerSource = openWaker): Promise<Alarm> {
  const heap = new DueHeap();
  /** The time it is to be woken at; Infinity while there is none. */
  let announcedNs = Number.POSITIVE_INFINITY;

  const announce = (): void => {
    const dueNs = heap.earliestNs;
    if (dueNs >= announcedNs) return;
    announcedNs = dueNs;
    waker.set(clock.originNs + BigInt(Math.max(Math.round(dueNs), 1 - Number(clock.originNs))));
  };
  const ring = (): void => {
    announcedNs = Number.POSITIVE_INFINITY;
    while (heap.earliestNs <= clock.nowNs()) heap.take()?.();
    announce();
  };
  const waker = await source(ring);

  const at = (dueNs: number, wake: () => void): void => {
    heap.add(dueNs, wake);
    announce();
  };
  return {
    at,
    until: (dueNs) => new Promise((resolve) => at(dueNs, resolve)),
    close: async () => {
      heap.clear();
      await waker.close();
    },
  };
}

import type { Chains } from './chains.js';
import type { Launcher } from './launcher.js';
import type { LoopLane } from './messages.js';
import type { OperationSource } from './operation-source.js';
import type { Part } from './part.js';
import { dueNs, pauseNs } from './schedule.js';

/** Open loop: each operation starts when it is due, whatever the earlier ones are doing. */
export async function runOpenLane(
  source: OperationSource,
  part: Part,
  chains: Chains,
  { clock, alarm, speed, launch }: Launcher,
): Promise<void> {
  while (!part.stopped) {
    const next = source.peek();
    if (next === undefined) {
      if (source.ended) return;
      await source.refill();
    } else if (next.at === undefined) {
      await chains.room(part);
      if (part.stopped) return;
      source.take();
      chains.add(next, part);
    } else {
      if (next.at >= part.segment.toMs) return;
      const due = dueNs(part.segment, next.at, speed);
      if (due > clock.nowNs()) await alarm.until(due);
      if (part.stopped) return;
      source.take();
      const ended = launch(next, due);
      if (next.chain !== undefined) chains.follow(next, ended, part);
    }
  }
}

/**
 * Closed loop: a fixed number in flight; each is due the moment it can start.
 * @param between what each lane waits for between two operations, outside what is measured
 */
export async function runClosedLanes(
  source: OperationSource,
  part: Part,
  concurrency: number,
  { clock, alarm, launch }: Launcher,
  between?: () => Promise<unknown>,
): Promise<void> {
  await alarm.until(part.segment.startNs);
  const lane = async (): Promise<void> => {
    while (!part.stopped) {
      const next = source.peek();
      if (next === undefined) {
        if (source.ended) return;
        await source.refill();
        continue;
      }
      if ((next.at ?? 0) >= part.segment.toMs) return;
      source.take();
      await launch(next, clock.nowNs());
      if (between !== undefined) await between();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/**
 * A recorded loop: its next pass is due a pause after its last one ended.
 * @param untilNs no pass is started that would be due then or later
 */
export async function runLoopLane(
  { pauseMs, repeat }: LoopLane,
  source: OperationSource,
  part: Part,
  untilNs: number,
  { clock, alarm, speed, launch }: Launcher,
): Promise<void> {
  let due = part.segment.startNs;
  while (due < untilNs) {
    await alarm.until(due);
    if (part.stopped || part.windingDown) return;
    let next = await source.wait();
    if (next === undefined && repeat) {
      source.rewind();
      next = await source.wait();
    }
    if (next === undefined) return;
    await launch(next, due);
    due = clock.nowNs() + pauseNs(pauseMs, speed);
  }
}

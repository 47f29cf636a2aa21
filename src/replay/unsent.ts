import type { TraceOperation } from '../trace/operation.js';
import type { SegmentStart } from './messages.js';
import type { OperationSource } from './operation-source.js';
import { dueNs } from './schedule.js';

/** An operation that a part was to send and did not. */
export interface Unsent {
  operation: TraceOperation;
  /** How long it has been due; undefined for a link of a chain, which has not become due. */
  lateNs: number | undefined;
}

/** Takes what is due by now and was never sent, however far the lane is behind. */
export async function* takeOverdue(
  source: OperationSource,
  segment: SegmentStart,
  speed: number,
  nowNs: number,
): AsyncGenerator<Unsent, void, undefined> {
  for (let next = await source.ahead(); next !== undefined; next = await source.ahead()) {
    const lateNs = next.at === undefined ? undefined : nowNs - dueNs(segment, next.at, speed);
    if ((next.at ?? 0) >= segment.toMs || (lateNs ?? 0) < 0) return;
    source.take();
    yield { operation: next, lateNs };
  }
}

/** Takes all that a part still had to come, and tells how much that was: none of it gets its turn in another part. */
export async function takeRest(source: OperationSource, { toMs }: SegmentStart): Promise<number> {
  let taken = 0;
  for (let next = await source.ahead(); next !== undefined && (next.at ?? 0) < toMs; next = await source.ahead()) {
    source.take();
    taken += 1;
  }
  return taken;
}

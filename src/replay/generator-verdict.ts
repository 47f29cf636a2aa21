import type { GeneratorResult, OperationResult } from '../measure/result.js';

type Lateness = Pick<OperationResult, 'dispatchLagMs' | 'responseMs'>;

/** What one kind of operation says about whether the load was really offered as the trace asked. */
export interface GeneratorEvidence {
  /** All operations together. */
  overall: Lateness;
  operations: Readonly<Record<string, Lateness>>;
  sent: number;
  /** Due but never sent. */
  unsent: number;
  /** CPU of each worker over the measured part, percent of one core. */
  workers: readonly { process: string; percent: number }[];
}

const lagFloorMs = 5;
const lagShareOfResponse = 0.1;
const sendRatioAtLeast = 0.99;
const workerPercentAtMost = 90;

/**
 * Whether the figures are the generator's own limits instead of the strategy's: dispatch lag p99 over the larger of 5 ms and 10 % of the
 * response p99 (over
 * all operations, or over a kind of operation with samples enough for a p99), under 99 % of what was due sent, or a worker that used over 90 % of a core.
 */
export function judgeGenerator({ overall, operations, sent, unsent, workers }: GeneratorEvidence): GeneratorResult {
  const reasons: string[] = [];
  const kinds = Object.entries(operations).filter(
    ([, { dispatchLagMs }]) => dispatchLagMs.thin?.includes('p99') !== true,
  );
  for (const [kind, { dispatchLagMs, responseMs }] of [['operations', overall] as const, ...kinds]) {
    const limitMs = Math.max(lagFloorMs, lagShareOfResponse * responseMs.p99);
    if (dispatchLagMs.p99 <= limitMs) continue;
    reasons.push(
      `${kind} started late: dispatch lag p99 ${dispatchLagMs.p99.toFixed(1)} ms is over ${limitMs.toFixed(1)} ms ` +
        '(the larger of 5 ms and 10 % of the response p99)',
    );
  }
  const sendRatio = sent + unsent === 0 ? 1 : sent / (sent + unsent);
  if (sendRatio < sendRatioAtLeast)
    reasons.push(`only ${(sendRatio * 100).toFixed(1)} % of the operations that were due were sent`);
  const busiest = workers.reduce((worst, one) => (one.percent > worst.percent ? one : worst), {
    process: '',
    percent: 0,
  });
  if (busiest.percent > workerPercentAtMost) {
    reasons.push(`worker ${busiest.process} used ${busiest.percent.toFixed(0)} % of a core`);
  }
  return { saturated: reasons.length > 0, reasons, sendRatio, busiestWorkerPercent: busiest.percent };
}

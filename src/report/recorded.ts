import { baselineOf, type RecordedVerdict, type Report } from './model.js';
import { tellMs } from './quantity.js';

/** Replayed percentiles within this factor of the recorded ones count as the same incident. */
const factorApart = 1.5;

/**
 * Whether the baseline's replay reproduced what was recorded: p50 and p99 of the main operation's durations within a factor of 1.5.
 * A replay that did not reproduce the incident says little about what would have cured it.
 */
export function recordedVerdict(report: Report): RecordedVerdict {
  const baseline = baselineOf(report);
  const operation = baseline?.operations[report.trace.primary];
  const recorded = operation?.recordedMs;
  if (baseline === undefined || operation === undefined || recorded === undefined || recorded.count === 0) {
    return {
      verdict: 'nothing recorded',
      text: 'The trace does not say how long operations took when it was recorded.',
    };
  }
  const replayed = operation.serviceMs;
  const apart = (a: number, b: number): boolean => Math.max(a, b) > factorApart * Math.max(Math.min(a, b), 1e-3);
  const missed = apart(replayed.p50, recorded.p50) || apart(replayed.p99, recorded.p99);
  const figures =
    `recorded p50 ${tellMs(recorded.p50)} and p99 ${tellMs(recorded.p99)}, ` +
    `replayed on ${baseline.label} ${tellMs(replayed.p50)} and ${tellMs(replayed.p99)}`;
  return missed
    ? {
        verdict: 'not reproduced',
        text: `The replay did not reproduce what was recorded (${figures}): judge the strategies with care.`,
      }
    : { verdict: 'reproduced', text: `The replay reproduced what was recorded (${figures}).` };
}

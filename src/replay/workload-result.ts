import { percentilesOf } from '../measure/percentiles.js';
import type { SafetyExample, WorkloadResult, Workloads } from '../measure/result.js';
import { notesOf } from '../measure/workload-notes.js';
import type { RoundOutcome } from './round.js';
import type { CheckedAnswers } from './safety-verdict.js';
import { addHistograms } from './sent-histogram.js';
import type { WorkloadOutcome } from './workload-tally.js';

/** Adds up what workers measured of each workload, over one round or several; of gauges the largest. */
export function workloadResults(rounds: readonly RoundOutcome[]): Workloads {
  const outcomes = rounds.flatMap((round) =>
    round.workers.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome.workloads])),
  );
  // Where every worker was killed, what its servers hold and what its pool left running is still known.
  const told = [...outcomes, ...rounds.map(({ gauges }) => gauges)];
  const names = [...new Set(told.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(
    names.map((name) => {
      const parts = outcomes.flatMap((one) => one[name] ?? []);
      return [
        name,
        workloadResult(
          name,
          parts,
          rounds.map(({ gauges }) => gauges[name] ?? {}),
        ),
      ];
    }),
  );
}

function workloadResult(
  name: string,
  parts: readonly WorkloadOutcome[],
  gauges: readonly Record<string, number>[],
): WorkloadResult {
  const figures = [...new Set(parts.flatMap((part) => Object.keys(part.figures)))].map((figure) => {
    return [figure, addHistograms(parts.flatMap((part) => part.figures[figure] ?? []))] as const;
  });
  const counts: Record<string, number> = {};
  for (const [key, by] of parts.flatMap((part) => Object.entries(part.counts))) counts[key] = (counts[key] ?? 0) + by;
  const largest: Record<string, number> = {};
  for (const [key, value] of gauges.flatMap((one) => Object.entries(one)))
    largest[key] = Math.max(largest[key] ?? value, value);
  const result = {
    figures: Object.fromEntries(figures.map(([figure, histogram]) => [figure, percentilesOf(histogram)])),
    counts,
    gauges: largest,
    histograms: Object.fromEntries(figures.map(([figure, histogram]) => [figure, histogram.encode()])),
  };
  return { ...result, notes: notesOf(name, result) };
}

/** All answers that were held against the trace, with what wrong ones looked like. */
export function answersOf(rounds: readonly RoundOutcome[]): CheckedAnswers {
  const total = { checked: 0, telling: 0, wrong: 0, unresolved: 0, examples: [] as SafetyExample[] };
  for (const { process, outcome } of rounds.flatMap(({ workers }) => workers)) {
    for (const [operation, { answers, examples }] of Object.entries(outcome?.workloads ?? {})) {
      total.checked += answers.checked;
      total.telling += answers.telling;
      total.wrong += answers.wrong;
      total.unresolved += answers.unresolved ?? 0;
      for (const { key, text, fromMs, toMs } of examples) {
        const sides: SafetyExample['sides'] = [{ process, operation, fromMs, toMs }];
        total.examples.push({ kind: 'wrongAnswer', key, text: `${process}: ${text}`, sides });
      }
    }
  }
  return total;
}

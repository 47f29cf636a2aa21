import { percentilesOf } from '../measure/percentiles.js';
import type { SafetyExample, WorkloadResult, Workloads } from '../measure/result.js';
import { addAnswers } from '../measure/safety-result.js';
import { notesOf } from '../measure/workload-notes.js';
import { addedCounts, joinedGauges } from '../measure/workload-sums.js';
import type { RoundOutcome } from './round.js';
import type { CheckedAnswers } from './safety-verdict.js';
import { addHistograms } from './sent-histogram.js';
import type { WorkloadOutcome } from './workload-tally.js';

/** Adds up what workers measured of each workload, over one round or several. */
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
  const result = {
    figures: Object.fromEntries(figures.map(([figure, histogram]) => [figure, percentilesOf(histogram)])),
    counts: addedCounts(parts.map(({ counts }) => counts)),
    gauges: joinedGauges(gauges),
    answers: addAnswers(parts.map(({ answers }) => answers)),
    histograms: Object.fromEntries(figures.map(([figure, histogram]) => [figure, histogram.encode()])),
  };
  return { ...result, notes: notesOf(name, result) };
}

/** All answers that were held against the trace, with what wrong ones looked like. */
export function answersOf(rounds: readonly RoundOutcome[]): CheckedAnswers {
  const all = rounds.flatMap(({ workers }) =>
    workers.flatMap(({ process, outcome }) =>
      Object.entries(outcome?.workloads ?? {}).map(([operation, told]) => ({ process, operation, ...told })),
    ),
  );
  const examples = all.flatMap(({ process, operation, examples: told }) =>
    told.map(({ key, text, fromMs, toMs }): SafetyExample => {
      const sides = [{ process, operation, fromMs, toMs }];
      return { kind: 'wrongAnswer', key, text: `${process}: ${text}`, sides };
    }),
  );
  return { ...addAnswers(all.map(({ answers }) => answers)), examples };
}

import { Histogram } from '../measure/histogram.js';
import { percentilesOf } from '../measure/percentiles.js';
import type { WorkloadResult, Workloads } from '../measure/result.js';
import { addAnswers } from '../measure/safety-result.js';
import { notesOf } from '../measure/workload-notes.js';
import { addedCounts, joinedGauges } from '../measure/workload-sums.js';

/** Adds up workloads that were measured apart: counts and histograms exactly. */
export function mergeWorkloads(parts: readonly (Workloads | undefined)[]): Workloads {
  const filled = parts.flatMap((part) => (part === undefined ? [] : [part]));
  const names = [...new Set(filled.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      mergeOne(
        name,
        filled.flatMap((part) => part[name] ?? []),
      ),
    ]),
  );
}

function mergeOne(name: string, parts: readonly WorkloadResult[]): WorkloadResult {
  const figures = [...new Set(parts.flatMap((part) => Object.keys(part.histograms)))].map((figure) => {
    const whole = new Histogram();
    for (const part of parts) {
      const text = part.histograms[figure];
      if (text !== undefined) whole.add(Histogram.decode(text));
    }
    return [figure, whole] as const;
  });
  const answers = parts.flatMap((part) => part.answers ?? []);
  const result = {
    figures: Object.fromEntries(figures.map(([figure, whole]) => [figure, percentilesOf(whole)])),
    counts: addedCounts(parts.map(({ counts }) => counts)),
    gauges: joinedGauges(parts.map(({ gauges }) => gauges)),
    // Where a part had those of all workloads together, nobody knows how many were this one's.
    ...(answers.length < parts.length ? {} : { answers: addAnswers(answers) }),
    histograms: Object.fromEntries(figures.map(([figure, whole]) => [figure, whole.encode()])),
  };
  return { ...result, notes: notesOf(name, result) };
}

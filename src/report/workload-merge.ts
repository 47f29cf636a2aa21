import { Histogram } from '../measure/histogram.js';
import { percentilesOf } from '../measure/percentiles.js';
import type { WorkloadResult, Workloads } from '../measure/result.js';
import { addAnswers } from '../measure/safety-result.js';
import { notesOf } from '../measure/workload-notes.js';

/** Adds up workloads that were measured apart: counts and histograms exactly, of gauges the largest. */
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
    counts: joined(
      parts.map(({ counts }) => counts),
      (a, b) => a + b,
    ),
    gauges: joined(
      parts.map(({ gauges }) => gauges),
      Math.max,
    ),
    // Where a part had those of all workloads together, nobody knows how many were this one's.
    ...(answers.length < parts.length ? {} : { answers: addAnswers(answers) }),
    histograms: Object.fromEntries(figures.map(([figure, whole]) => [figure, whole.encode()])),
  };
  return { ...result, notes: notesOf(name, result) };
}

function joined(
  all: readonly Record<string, number>[],
  both: (a: number, b: number) => number,
): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, value] of all.flatMap((one) => Object.entries(one))) {
    const known = total[name];
    total[name] = known === undefined ? value : both(known, value);
  }
  return total;
}

import type { MeasuredResult, WorkloadResult } from '../measure/result.js';
import { tellValue } from './condition-limit.js';
import { measuredResults, type Report } from './model.js';
import {
  type FigureLevel,
  type FigureName,
  figureMetric,
  figureNames,
  type NumberName,
  numberMetric,
  numberNames,
} from './workload-metrics.js';

/** What a workload has beside the latency of its operations: one row a strategy, only the columns that any row fills. */
export interface WorkloadTable {
  workload: string;
  header: string[];
  rows: string[][];
  notes: { label: string; text: string }[];
}

type Column = { title: string; tell(result: WorkloadResult, whole: MeasuredResult): string };

const usualLevels = ['p50', 'p99', 'max'] as const;
const nothing = '–';

/** Whether a title is a further level of the figure before it. */
export function isLevel(title: string): boolean {
  return /^(p\d+|mean|max)$/.test(title);
}

export function workloadTables(report: Report): WorkloadTable[] {
  const results = measuredResults(report);
  const names = [...new Set(results.flatMap(({ workload }) => Object.keys(workload)))].sort();
  return names.map((workload) => {
    const found = results.flatMap((whole) => {
      const result = whole.workload[workload];
      return result === undefined ? [] : [{ whole, result }];
    });
    const columns = columnsOf(workload).filter(({ tell }) =>
      found.some(({ result, whole }) => tell(result, whole) !== nothing),
    );
    return {
      workload,
      header: ['strategy', ...columns.map(({ title }) => title)],
      rows: found.map(({ result, whole }) => [whole.label, ...columns.map(({ tell }) => tell(result, whole))]),
      notes: found.flatMap(({ result, whole }) =>
        [...result.notes, ...(workload === 'forward' ? uncheckedCycles(whole) : [])].map((text) => {
          return { label: whole.label, text };
        }),
      ),
    };
  });
}

function columnsOf(workload: string): Column[] {
  const figures = figureNames.filter((name) => figureMetric(name).workload === workload);
  const numbers = numberNames.filter((name) => numberMetric(name).workload === workload);
  return [
    ...figures.flatMap(figureColumns),
    ...numbers.map(numberColumn),
    { title: 'wrong answers', tell: (result, whole) => wrongAnswers(result, whole) },
    { title: 'wrong answers of all workloads', tell: (_, whole) => wrongAnswersOfAll(workload, whole) },
  ];
}

function wrongAnswers({ answers }: WorkloadResult, { workload, safety }: MeasuredResult): string {
  const own = answers ?? (Object.keys(workload).length === 1 ? safety.answers : undefined);
  return own === undefined || own.checked === 0 ? nothing : tellValue(own.wrong, 'count');
}

/** Where the report does not tell them apart: once, in the first table. */
function wrongAnswersOfAll(name: string, { workload: all, safety }: MeasuredResult): string {
  const apart = Object.values(all).every(({ answers }) => answers !== undefined);
  const [first, ...others] = Object.keys(all).sort();
  if (apart || name !== first || others.length === 0 || safety.answers === undefined) return nothing;
  return tellValue(safety.answers.wrong, 'count');
}

/** What was not held against the trace, where that was too much. */
function uncheckedCycles({ safety: { cycles } }: MeasuredResult): string[] {
  if (cycles === undefined || cycles.checked === cycles.different) return [];
  return [
    `the numbers of ${cycles.checked} of ${cycles.different} different cycles were held against the trace, those of the others only against other strategies and their own repetitions`,
  ];
}

function figureColumns(name: FigureName): Column[] {
  const { figure, title, unit, levels = usualLevels, ofWholeOperations } = figureMetric(name);
  const tell = ({ figures, counts }: WorkloadResult, level: FigureLevel): string => {
    const summary = figures[figure];
    if (summary === undefined || summary.count === 0) return nothing;
    const atLeast = ofWholeOperations === true && (counts.cyclesUnfinished ?? 0) > 0 ? '≥' : '';
    return `${atLeast}${tellValue(summary[level], unit)}`;
  };
  return levels.map((level, index) => ({
    title: index === 0 ? `${title} ${level}` : level,
    tell: (result) => tell(result, level),
  }));
}

function numberColumn(name: NumberName): Column {
  const { title, unit, of } = numberMetric(name);
  return {
    title,
    tell: (result) => {
      const value = of(result);
      return value === undefined ? nothing : tellValue(value, unit);
    },
  };
}

import type { WorkloadResult } from '../measure/result.js';
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

type Column = { title: string; tell(result: WorkloadResult, wrongAnswers: number | undefined): string };

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
    const found = results.flatMap(({ label, workload: all, safety }) => {
      const result = all[workload];
      return result === undefined ? [] : [{ label, result, wrongAnswers: safety.answers?.wrong }];
    });
    const columns = columnsOf(workload).filter(({ tell }) =>
      found.some(({ result, wrongAnswers }) => tell(result, wrongAnswers) !== nothing),
    );
    return {
      workload,
      header: ['strategy', ...columns.map(({ title }) => title)],
      rows: found.map(({ label, result, wrongAnswers }) => [
        label,
        ...columns.map(({ tell }) => tell(result, wrongAnswers)),
      ]),
      notes: found.flatMap(({ label, result }) => result.notes.map((text) => ({ label, text }))),
    };
  });
}

function columnsOf(workload: string): Column[] {
  const figures = figureNames.filter((name) => figureMetric(name).workload === workload);
  const numbers = numberNames.filter((name) => numberMetric(name).workload === workload);
  return [
    ...figures.flatMap(figureColumns),
    ...numbers.map(numberColumn),
    { title: 'wrong answers', tell: (_, wrong) => (wrong === undefined ? nothing : tellValue(wrong, 'count')) },
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

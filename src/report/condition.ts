import { IpcbenchError, isIpcbenchError } from '../errors.js';
import { type Limit, parseLimit, type Unit } from './condition-limit.js';
import {
  type FigureName,
  figureMetric,
  figureNames,
  type NumberName,
  numberMetric,
  numberNames,
} from './workload-metrics.js';

/** One gate: `[strategy]operation.metric op value`. Strategy and operation are optional. */
export interface Condition {
  /** As the user wrote it. */
  text: string;
  /** A label or the name of a strategy; absent: every strategy. */
  strategy?: string;
  /** Absent: the trace's primary operation. */
  operation?: string;
  metric: Metric;
  operator: Operator;
  limit: Limit;
}

export type Operator = '>' | '>=' | '<' | '<=' | '=' | '!=';

const latencies = ['response', 'service', 'wait', 'hold', 'lag'] as const;
const levels = ['p50', 'p90', 'p95', 'p99', 'p999', 'max', 'mean'] as const;
const operationCounts = ['errors', 'timeouts', 'unfinished'] as const;
const costs = ['calls', 'bytes'] as const;
const totals = ['throughput', 'cpu', 'rss', 'overlaps', 'lostUpdates', 'staleReads', 'wrongAnswers'] as const;

export type Latency = (typeof latencies)[number];
export type Level = (typeof levels)[number];
export type OperationCount = (typeof operationCounts)[number];
export type Cost = (typeof costs)[number];
export type Total = (typeof totals)[number];

export type Metric =
  /** A latency of one kind of operation. `lag` alone is its p99. */
  | { kind: 'latency'; of: Latency; at: Level }
  /** How many operations of one kind ended badly. */
  | { kind: 'count'; name: OperationCount }
  /** What one operation of one kind costs: calls, and bytes sent and received. */
  | { kind: 'cost'; name: Cost }
  /** A figure of the strategy as a whole. */
  | { kind: 'total'; name: Total }
  /** A figure of a workload, such as the wait at a submit gate. Alone it is its p99. */
  | { kind: 'figure'; name: FigureName; at: Level }
  /** A number that a workload has one of, such as the hit rate of an index. */
  | { kind: 'number'; name: NumberName };

/** Whether a metric is of a strategy as a whole, rather than of one kind of operation. */
export function isOverall({ kind }: Metric): boolean {
  return kind === 'total' || kind === 'figure' || kind === 'number';
}

/** Every metric as one may write it, for help texts. */
export const metricNames: readonly string[] = [
  ...levels,
  'service.p99',
  'wait.p99',
  'hold.p99',
  'lag',
  ...costs,
  ...totals,
  ...operationCounts,
  ...figureNames.map((name) => `${name}.p99`),
  ...numberNames,
];

/** The metric as the user would write it. */
export function metricText(metric: Metric): string {
  if (metric.kind === 'figure') return `${metric.name}.${metric.at}`;
  if (metric.kind !== 'latency') return metric.name;
  return metric.of === 'response' ? metric.at : `${metric.of}.${metric.at}`;
}

interface Fault {
  at: number;
  what: string;
}

/**
 * Reads one condition.
 * @throws IpcbenchError `BAD_CONDITION` with every fault in it, each under a caret
 */
export function parseCondition(text: string): Condition {
  const faults: Fault[] = [];
  const condition = read(text, faults);
  if (condition !== undefined && faults.length === 0) return condition;
  throw new IpcbenchError('BAD_CONDITION', faults.map((fault) => pointed(text, fault)).join('\n'));
}

/**
 * Reads several conditions.
 * @throws IpcbenchError `BAD_CONDITION` with the faults of all of them
 */
export function parseConditions(texts: readonly string[]): Condition[] {
  const faults: string[] = [];
  const conditions = texts.flatMap((text) => {
    try {
      return [parseCondition(text)];
    } catch (error) {
      if (!isIpcbenchError(error)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) throw new IpcbenchError('BAD_CONDITION', faults.join('\n'));
  return conditions;
}

function pointed(text: string, fault: Fault): string {
  return `bad condition: ${fault.what}\n  ${text}\n  ${' '.repeat([...text.slice(0, fault.at)].length)}^`;
}

function read(text: string, faults: Fault[]): Condition | undefined {
  let at = spaces(text, 0);
  if (at === text.length) {
    faults.push({ at: 0, what: 'it is empty; write one like p99>200ms' });
    return undefined;
  }
  const strategy = readStrategy(text, at, faults);
  at = spaces(text, strategy.end);
  const path = /^[^\s<>=!]*/.exec(text.slice(at))?.[0] ?? '';
  const metric = readPath(path, at, faults);
  at = spaces(text, at + path.length);
  const operator = readOperator(text, at, faults);
  if (operator === undefined) return undefined;
  at = spaces(text, at + operator.length);
  const written = text.slice(at).trimEnd();
  const overTimeout = /^timeout\b/.test(written) ? overTimeoutOf(path, metric?.metric) : undefined;
  const limit = overTimeout === undefined ? readLimit(written, metric?.metric) : readAllowance(written);
  if (typeof limit === 'string') faults.push({ at, what: limit });
  if (metric === undefined || typeof limit === 'string' || strategy.name === '') return undefined;
  return {
    text,
    ...(strategy.name === undefined ? {} : { strategy: strategy.name }),
    ...(metric.operation === undefined ? {} : { operation: metric.operation }),
    metric: overTimeout ?? metric.metric,
    operator,
    limit,
  };
}

/** `cycle>timeout+10s`: how far cycles exceed their time-outs; without a percentile, the worst of them. */
function overTimeoutOf(path: string, metric: Metric | undefined): Metric | undefined {
  if (metric?.kind !== 'figure' || metric.name !== 'cycle') return undefined;
  return { kind: 'figure', name: 'overTimeout', at: path === 'cycle' ? 'max' : metric.at };
}

const timeoutForm = /^timeout\b\s*(?:\+\s*(.*))?$/;

function readLimit(text: string, metric: Metric | undefined): Limit | string {
  if (timeoutForm.test(text)) return 'only cycles have a time-out to be held against; write cycle>timeout+10s';
  return parseLimit(text, metric === undefined ? undefined : unitOf(metric));
}

/** Of `timeout+10s`, how much more than the time-out is allowed. */
function readAllowance(text: string): Limit | string {
  const [whole, allowance] = timeoutForm.exec(text) ?? [];
  if (whole === undefined) return parseLimit(text, 'ms');
  if (allowance === undefined) return { kind: 'absolute', value: 0 };
  const limit = parseLimit(allowance, 'ms');
  if (typeof limit === 'string' || limit.kind === 'absolute') return limit;
  return `"${allowance}" is not a duration; write cycle>timeout+10s`;
}

function spaces(text: string, from: number): number {
  return from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
}

function readStrategy(text: string, at: number, faults: Fault[]): { name?: string; end: number } {
  if (text[at] !== '[') return { end: at };
  const close = text.indexOf(']', at);
  if (close < 0) {
    faults.push({ at, what: 'this [ is never closed; write [strategy] before the metric' });
    const end = at + (/^\[[^\s<>]*/.exec(text.slice(at))?.[0].length ?? 1);
    return { name: '', end };
  }
  const name = text.slice(at + 1, close).trim();
  if (name === '')
    faults.push({
      at: at + 1,
      what: 'no strategy between the brackets; name one, or leave the brackets out to mean every strategy',
    });
  return { name, end: close + 1 };
}

function readPath(path: string, at: number, faults: Fault[]): { operation?: string; metric: Metric } | undefined {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const lastAt = at + path.length - last.length;
  if (last === '') {
    faults.push({ at: lastAt, what: `a metric is missing; one of ${metricNames.join(', ')}` });
    return undefined;
  }
  const of = oneOf(latencies, parts.at(-1));
  const level = oneOf(levels, last);
  const figure = oneOf(figureNames, parts.at(-1));
  const metric: Metric | undefined =
    level !== undefined && figure !== undefined
      ? { kind: 'figure', name: figure, at: level }
      : metricNamed(last, level !== undefined ? of : undefined);
  if (metric === undefined) {
    faults.push({ at: lastAt, what: `"${last}" is not a metric; one of ${metricNames.join(', ')}` });
    return undefined;
  }
  if (level !== undefined && (of !== undefined || figure !== undefined)) parts.pop();
  if (parts.length === 0) return { metric };
  const operation = parts.join('.');
  if (operation === '')
    faults.push({ at, what: 'the operation before the dot is missing; name it, or leave the dot out' });
  if (isOverall(metric))
    faults.push({ at, what: `${metricText(metric)} is a figure of the whole strategy; leave "${operation}." out` });
  return { operation, metric };
}

function metricNamed(name: string, of: Latency | undefined): Metric | undefined {
  const level = oneOf(levels, name);
  if (level !== undefined) return { kind: 'latency', of: of ?? 'response', at: level };
  if (name === 'lag') return { kind: 'latency', of: 'lag', at: 'p99' };
  const count = oneOf(operationCounts, name);
  if (count !== undefined) return { kind: 'count', name: count };
  const cost = oneOf(costs, name);
  if (cost !== undefined) return { kind: 'cost', name: cost };
  const total = oneOf(totals, name);
  if (total !== undefined) return { kind: 'total', name: total };
  const figure = oneOf(figureNames, name);
  if (figure !== undefined) return { kind: 'figure', name: figure, at: 'p99' };
  const number = oneOf(numberNames, name);
  return number === undefined ? undefined : { kind: 'number', name: number };
}

function oneOf<T extends string>(known: readonly T[], name: string | undefined): T | undefined {
  return known.find((each) => each === name);
}

function readOperator(text: string, at: number, faults: Fault[]): Operator | undefined {
  const found = /^[<>=!]+/.exec(text.slice(at))?.[0];
  const operator = oneOf(['>', '>=', '<', '<=', '=', '!='] as const, found);
  if (operator === undefined) {
    const what = found === undefined ? 'an operator is missing here' : `"${found}" is not an operator`;
    faults.push({ at, what: `${what}; one of > >= < <= = !=` });
  }
  return operator;
}

/** The unit in which a metric is measured. */
export function unitOf(metric: Metric): Unit {
  if (metric.kind === 'latency') return 'ms';
  if (metric.kind === 'figure') return figureMetric(metric.name).unit;
  if (metric.kind === 'number') return numberMetric(metric.name).unit;
  if (metric.kind === 'count') return 'count';
  if (metric.kind === 'cost') return metric.name === 'bytes' ? 'bytes' : 'count';
  const units: Partial<Record<Total, Unit>> = { cpu: 'percent', rss: 'bytes', throughput: 'rate' };
  return units[metric.name] ?? 'count';
}

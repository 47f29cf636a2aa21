import { exitCodes, IpcbenchError } from '../../errors.js';
import type { ProcessProfile, Profile } from '../../measure/profile.js';
import { type Condition, metricText, type Operator, parseCondition } from '../condition.js';
import { tellValue } from '../condition-limit.js';
import type { Outcome, Status } from '../evaluation.js';
import { worst } from '../evaluation.js';

/** What a profile can be held against: a figure, or a verdict that must not be reached. */
export type ProfileCondition = { text: string } & (
  | { kind: 'figure'; condition: Condition; figure: 'cpu' | 'rss'; limit: number }
  | { kind: 'verdict'; verdict: 'overloaded' | 'severe' | 'starved' | 'saturated' }
);

const verdicts = ['overloaded', 'severe', 'starved', 'saturated'] as const;

/**
 * Reads `cpu>80%`, `rss>1GB`, or a verdict: `overloaded` (or worse), `severe`, `starved`, `saturated`.
 * @throws IpcbenchError `BAD_CONDITION`
 */
export function parseProfileCondition(text: string): ProfileCondition {
  const verdict = verdicts.find((each) => each === text.trim());
  if (verdict !== undefined) return { text, kind: 'verdict', verdict };
  const condition = parseCondition(text);
  const figure = metricText(condition.metric);
  if ((figure !== 'cpu' && figure !== 'rss') || condition.strategy !== undefined)
    throw new IpcbenchError(
      'BAD_CONDITION',
      `bad condition ${text}: a profile knows cpu (cpu>80%), rss (rss>1GB) and the verdicts ${verdicts.join(', ')}`,
    );
  if (condition.limit.kind !== 'absolute')
    throw new IpcbenchError(
      'BAD_CONDITION',
      `bad condition ${text}: a profile has nothing to compare with; give a value, such as cpu>80% or rss>1GB`,
    );
  return { text, kind: 'figure', condition, figure, limit: condition.limit.value };
}

/** Holds each process against the conditions; the condition fails when it is true of one. Descendants too young to judge are left out. */
export function judgeProfile(profile: Profile, conditions: readonly ProfileCondition[]): Outcome[] {
  const processes = profile.processes.filter((process, index) => index === 0 || process.verdict !== 'unknown');
  return conditions.map((condition) => {
    const strategies = processes.map((process) => {
      const label = `${process.pid} ${process.name}`;
      return { label, ...judge(process, profile, condition) };
    });
    const status = worst(strategies.map((each) => each.status));
    const telling = strategies.filter((each) => each.status === status);
    return {
      condition: condition.text,
      status,
      text: telling.map((each) => `[${each.label}] ${each.text}`).join('; '),
      strategies,
    };
  });
}

/** 3 when something could not be measured, 1 when a condition failed, 4 when one could not be decided, else 0. */
export function profileExitCode(outcomes: readonly Outcome[]): number {
  const codes = {
    unmeasured: exitCodes.unmeasured,
    failed: exitCodes.failed,
    undecided: exitCodes.undecided,
    passed: exitCodes.ok,
  };
  return outcomes.length === 0 ? exitCodes.ok : codes[worst(outcomes.map((outcome) => outcome.status))];
}

function judge(
  process: ProcessProfile,
  profile: Profile,
  condition: ProfileCondition,
): { status: Status; text: string } {
  // A health check that watches its process die must not pass.
  if (profile.state === 'ended' && process === profile.processes[0])
    return { status: 'unmeasured', text: `it ended after ${(process.measuredMs / 1000).toFixed(1)} s` };
  if (process.verdict === 'unknown') return { status: 'unmeasured', text: 'watched for under a second' };
  if (condition.kind === 'verdict') {
    const reached = reachedBy(process, condition.verdict);
    if (
      !reached &&
      process.runQueueWaitPercent === undefined &&
      condition.verdict !== 'severe' &&
      condition.verdict !== 'overloaded'
    )
      return { status: 'undecided', text: 'its run-queue wait is not readable here' };
    return {
      status: reached ? 'failed' : 'passed',
      text: `it is ${process.verdict}${process.saturated ? ' and saturated' : ''}`,
    };
  }
  const value = condition.figure === 'cpu' ? process.cpuPercent.mean : process.rssBytes.max;
  const holds = compare(value, condition.condition.operator, condition.limit);
  const unit = condition.figure === 'cpu' ? 'percent' : 'bytes';
  return {
    status: holds ? 'failed' : 'passed',
    text: `${condition.figure} is ${tellValue(value, unit)} over ${(profile.durationMs / 1000).toFixed(1)} s`,
  };
}

function reachedBy(process: ProcessProfile, verdict: (typeof verdicts)[number]): boolean {
  if (verdict === 'saturated') return process.saturated;
  if (verdict === 'overloaded') return process.verdict === 'overloaded' || process.verdict === 'severe';
  return process.verdict === verdict;
}

function compare(value: number, operator: Operator, limit: number): boolean {
  const results: Record<Operator, boolean> = {
    '>': value > limit,
    '>=': value >= limit,
    '<': value < limit,
    '<=': value <= limit,
    '=': value === limit,
    '!=': value !== limit,
  };
  return results[operator];
}

import type { Claims } from '../measure/claims.js';
import type { MeasuredPart, MeasuredResult, RoundResult, StrategyResult } from '../measure/result.js';
import { claimsOf, isSecret, type LoadedStrategy, resilienceOf, withoutPasswords } from '../strategies/index.js';
import type { OptionSpec } from '../strategies/strategy.js';
import { seriesOf } from './aggregate.js';
import { compareCycles, joinCameTo } from './forward/cycle-agreement.js';
import type { CycleTruths } from './forward/cycle-truth.js';
import { profilesOf } from './profiling.js';
import type { ReplayRun } from './replay-run.js';
import type { RoundOutcome } from './round.js';
import type { RoundSettings } from './round-settings.js';
import type { CameTo } from './workload-tally.js';

/** One strategy of the run and what its rounds left behind. */
export interface Entry {
  loaded: LoadedStrategy;
  unavailable: string | undefined;
  rounds: RoundOutcome[];
  /** What each round gave by itself, and what all of them give together: added up once. */
  parts: MeasuredPart[];
  total: MeasuredPart | undefined;
  failure: string | undefined;
}

/** What there is so far; fan-out cycles of several strategies are held against each other. */
export function resultsOf(
  entries: readonly Entry[],
  settings: RoundSettings,
  run: ReplayRun,
  truths: CycleTruths,
): StrategyResult[] {
  const withCycles = entries.flatMap((entry) =>
    resultOf(entry, settings, run).map((result) => ({ result, cameTo: cyclesOf(entry.rounds) })),
  );
  return compareCycles(withCycles, truths);
}

/** What fan-out cycles came to in all rounds. */
export function cyclesOf(rounds: readonly RoundOutcome[]): CameTo {
  const workers = rounds.flatMap((round) => round.workers);
  return joinCameTo(workers.map(({ outcome }) => outcome?.workloads.forward?.cameTo ?? {}));
}

/** Nothing as long as a strategy has not had its first round. */
function resultOf(
  { loaded, unavailable, rounds, parts, total, failure }: Entry,
  settings: RoundSettings,
  run: ReplayRun,
): StrategyResult[] {
  const { signal, recorder } = settings;
  const { strategy, options, label } = loaded;
  const told = Object.entries(options).map(([name, value]) => [name, shown(value, strategy.options[name])]);
  const identity = {
    strategy: strategy.name,
    label,
    options: Object.fromEntries(told),
    claims: claimsKnown(loaded),
  };
  if (unavailable !== undefined) return [{ ...identity, state: 'unavailable', reason: unavailable }];
  if (total === undefined) return failure === undefined ? [] : [{ ...identity, state: 'failed', reason: failure }];
  const incidents = rounds.flatMap((round) => round.incidents);
  if (failure !== undefined && !incidents.includes(failure)) incidents.push(failure);
  if (rounds.some(({ interrupted }) => interrupted)) incidents.push('interrupted');
  else if (rounds.length < run.rounds && failure === undefined && signal.aborted)
    incidents.push('interrupted before its last round');
  const first = rounds[0];
  const slowedBy = recorder?.slowed(label);
  const measured: MeasuredResult = {
    ...identity,
    ...total,
    state: incidents.length === 0 ? 'complete' : 'partial',
    ...(incidents.length === 0 ? {} : { reason: incidents.join('; ') }),
    ...(slowedBy === undefined ? {} : { slowedBy }),
    faults: rounds.flatMap((round) => round.faults),
    workload: total.workload ?? {},
    rounds: parts.map((part, index): RoundResult => {
      const { incidents = [], leftBehind = [] } = rounds[index] ?? {};
      return { ...part, round: index + 1, incidents: [...incidents, ...leftBehind] };
    }),
    series: first === undefined ? [] : seriesOf(first.samples, first.coordinatorPoints),
    ...(settings.profiling === undefined ? {} : { profiles: profilesOf(rounds) }),
  };
  return [measured];
}

function shown(value: string | number | boolean, spec: OptionSpec | undefined): string | number | boolean {
  if (isSecret(spec) && value !== '') return '***';
  return typeof value === 'string' ? withoutPasswords(value) : value;
}

/** What it claims, with what is known to speak against it. */
function claimsKnown({ strategy, options }: LoadedStrategy): Claims {
  const claims = claimsOf(strategy, options);
  return resilienceOf(strategy, options).exclusive === 'race' ? { ...claims, race: true } : claims;
}

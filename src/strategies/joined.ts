import { IpcbenchError } from '../errors.js';
import type { Claims } from '../measure/claims.js';
import type { OptionValue } from './options.js';
import { resilienceOf } from './resilience.js';
import { withoutSharedState } from './state/without-shared-state.js';
import {
  type Capability,
  type CoordinatorPlan,
  capabilitiesOf,
  claimsOf,
  type Resilience,
  type Session,
  type Strategy,
} from './strategy.js';

/** One strategy of several that are joined. */
export interface Part {
  strategy: Strategy;
  options: Record<string, OptionValue>;
}

/**
 * Joins strategies of different workloads into one: each gives what it is capable of. Its options are called `strategy.option`.
 * @throws IpcbenchError `BAD_OPTION` when two of them have the same capability
 */
export function joinStrategies(parts: readonly Part[]): Part {
  refuseRivals(parts);
  const strategies = parts.map(({ strategy }) => strategy);
  const own = (values: Record<string, OptionValue>): Part[] =>
    strategies.map((strategy) => ({ strategy, options: optionsOf(strategy, values) }));
  const strategy: Strategy = {
    name: strategies.map(({ name }) => name).join('+'),
    summary: strategies.map(({ summary }) => summary).join(' '),
    description: strategies.map(({ name, description }) => `${name}: ${description.trim()}`).join('\n\n'),
    options: prefixed(strategies, ({ options }) => options),
    capabilities: strategies.flatMap(capabilitiesOf),
    claims: (values) => joinedClaims(own(values).map((part) => claimsOf(part.strategy, part.options))),
    unavailable: async (values) => {
      const reasons = await Promise.all(own(values).map((part) => part.strategy.unavailable?.(part.options)));
      return inWords(reasons);
    },
    contradiction: (values) => inWords(own(values).map((part) => part.strategy.contradiction?.(part.options))),
    resilience: (values) => joinedResilience(own(values)),
    coordinators: (values) => plansOf(own(values)).map(({ plan, name }) => ({ ...plan, name })),
    connect: async ({ options, addresses, ...context }) => {
      const plans = plansOf(own(options));
      const sessions: { part: Part; session: Session }[] = [];
      try {
        for (const part of own(options)) {
          const names = plans.filter(({ owner }) => owner === part.strategy);
          const known = names.map(({ plan, name }) => [plan.name, addresses[name] ?? ''] as const);
          const given = { ...context, options: part.options, addresses: Object.fromEntries(known) };
          sessions.push({ part, session: await part.strategy.connect(given) });
        }
      } catch (error) {
        await closeAll(sessions);
        throw error;
      }
      return joinedSession(sessions);
    },
  };
  return {
    strategy,
    options: prefixed(
      parts,
      ({ options }) => options,
      ({ strategy: { name } }) => name,
    ),
  };
}

function refuseRivals(parts: readonly Part[]): void {
  const owners = new Map<Capability, string>();
  for (const { strategy } of parts) {
    for (const capability of capabilitiesOf(strategy)) {
      const rival = owners.get(capability);
      if (rival !== undefined) {
        const what = `${rival}+${strategy.name}: both have ${capability}`;
        throw new IpcbenchError(
          'BAD_OPTION',
          `${what}; join strategies of different workloads, such as lock-pool+submit-index`,
        );
      }
      owners.set(capability, strategy.name);
    }
  }
}

function prefixed<T, V>(
  parts: readonly T[],
  pick: (part: T) => Readonly<Record<string, V>>,
  nameOf: (part: T) => string = (part) => (part as { name: string }).name,
): Record<string, V> {
  return Object.fromEntries(
    parts.flatMap((part) => Object.entries(pick(part)).map(([name, value]) => [`${nameOf(part)}.${name}`, value])),
  );
}

function optionsOf(strategy: Strategy, values: Record<string, OptionValue>): Record<string, OptionValue> {
  const names = Object.entries(strategy.options);
  return Object.fromEntries(names.map(([name, spec]) => [name, values[`${strategy.name}.${name}`] ?? spec.default]));
}

/** The part with the locks says what becomes of them; its options have other names in the joined strategy. */
function joinedResilience(parts: readonly Part[]): Partial<Resilience> {
  const told = parts.map(({ strategy, options }) => strategy.resilience?.(options));
  const locks = parts.find(({ strategy }) => capabilitiesOf(strategy).includes('locks'));
  if (locks === undefined) return Object.assign({}, ...told);
  const { exclusive, deadHolder } = resilienceOf(locks.strategy, locks.options);
  return Object.assign({}, ...told, { exclusive, deadHolder });
}

/** What any part promises, the joined strategy promises. */
function joinedClaims(claims: readonly Claims[]): Claims {
  const ages = claims.flatMap(({ maxStalenessMs }) => (maxStalenessMs === null ? [] : [maxStalenessMs]));
  const answers = claims.flatMap(({ rightAnswers }) => rightAnswers ?? []);
  return {
    exclusion: claims.some(({ exclusion }) => exclusion),
    noLostUpdates: claims.some(({ noLostUpdates }) => noLostUpdates),
    maxStalenessMs: ages.length === 0 ? null : Math.max(...ages),
    ...(answers.length === 0 ? {} : { rightAnswers: answers.includes(true) }),
  };
}

function inWords(reasons: readonly (string | undefined)[]): string | undefined {
  const told = reasons.filter((reason) => reason !== undefined);
  return told.length === 0 ? undefined : told.join('; ');
}

/** Coordinators keep their names, unless two parts use the same one. */
function plansOf(parts: readonly Part[]): { owner: Strategy; plan: CoordinatorPlan; name: string }[] {
  const plans = parts.flatMap(({ strategy, options }) =>
    strategy.coordinators(options).map((plan) => ({ owner: strategy, plan })),
  );
  return plans.map(({ owner, plan }) => {
    const shared = plans.some((other) => other.owner !== owner && other.plan.name === plan.name);
    return { owner, plan, name: shared ? `${owner.name}.${plan.name}` : plan.name };
  });
}

function joinedSession(sessions: readonly { part: Part; session: Session }[]): Session {
  const able = (capability: Capability): Session | undefined =>
    sessions.find(({ part }) => capabilitiesOf(part.strategy).includes(capability))?.session;
  const { submits } = able('submit') ?? {};
  const { fanOut } = able('fan-out') ?? {};
  return {
    locks: able('locks')?.locks ?? withoutSharedState.locks,
    state: able('state')?.state ?? withoutSharedState.state,
    ...(submits === undefined ? {} : { submits }),
    ...(fanOut === undefined ? {} : { fanOut }),
    close: () => closeAll(sessions),
  };
}

/** All of them are closed, whatever becomes of one; the first failure is told. */
async function closeAll(sessions: readonly { session: Session }[]): Promise<void> {
  const closed = await Promise.allSettled(sessions.map(({ session }) => session.close()));
  const failed = closed.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

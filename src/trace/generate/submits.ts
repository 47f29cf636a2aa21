import { allotmentName, challengeDigits, challengeId, challengeKey, generatedSecret } from '../../measure/challenge.js';
import { type SubmitStep, type TraceOperation, traceVersion } from '../operation.js';
import { arrivals, rounded } from './arrivals.js';
import {
  counted,
  type GeneratedTrace,
  type GenerateOptions,
  parameterValues,
  type TraceGenerator,
} from './parameter.js';
import { type Random, randomFrom, zipf } from './random.js';
import { type SubmitsParameters, submitsParameters, submitsPresets } from './submits-parameters.js';

const op = 'submit';
const tierNames = ['basic', 'silver', 'gold'] as const;

const step: SubmitStep = {
  do: 'submit',
  account: '{account}',
  epoch: '{epoch}',
  tier: '{tier}',
  cid: '{cid}',
  seq: '{seq}',
  lagged: '{lagged}',
};

const key = challengeKey(generatedSecret);

const clientName = (index: number): string => `client-${index}`;

/**
 * A trace of submits, epoch by epoch. Challenge ids are real ones, of the secret that the reference servers have by default.
 * @throws IpcbenchError `BAD_OPTION` for an unknown parameter or a value out of range
 */
export function generateSubmits(
  parameters: Partial<SubmitsParameters> = {},
  { seed = 1, name = 'submits' }: GenerateOptions = {},
): GeneratedTrace {
  const values = parameterValues(submitsParameters, parameters);
  const header: GeneratedTrace['header'] = {
    ipcbench: 'trace',
    version: traceVersion,
    name,
    provenance: { kind: 'generated', generator: 'submits', seed, parameters: values },
    primary: op,
    durationMs: values.epochs * values.epochMs,
    structures: [],
    processes: Array.from({ length: values.clients }, (_, index) => ({ name: clientName(index) })),
    templates: { [op]: [step] },
  };
  return counted({ header, operations: { [Symbol.iterator]: () => epochs(values, seed) } });
}

/** The generator behind `ipcbench trace generate submits`. */
export const submitsGenerator: TraceGenerator<typeof submitsParameters> = {
  name: 'submits',
  summary: 'clients that hand in challenge ids over HTTP, at the start of an epoch while the replica lags',
  parameters: submitsParameters,
  presets: submitsPresets,
  generate: generateSubmits,
};

function* epochs(values: SubmitsParameters, seed: number): Generator<TraceOperation> {
  const random = randomFrom(seed, 'submits');
  const popular = zipf(values.accounts, values.accountSkew);
  let turn = 0;
  const account = (): number => (values.inTurn === 1 ? turn++ % values.accounts : popular(random));
  for (let epoch = 0; epoch < values.epochs; epoch++) {
    const startMs = epoch * values.epochMs;
    for (const afterMs of times(values, random)) {
      const lagged = afterMs < values.lagMs || random.uniform() < values.missShare;
      const process = clientName(random.below(values.clients));
      const fields = { ...rowOf(`a${account()}`, `e${epoch}`, values, random), lagged: lagged ? 1 : 0 };
      yield { at: rounded(startMs + afterMs), op, process, fields };
    }
  }
}

/** Due times within an epoch, sorted: those of its start, those that follow, and those of any time. */
function times(values: SubmitsParameters, random: Random): number[] {
  const { epochMs, burst, burstGapMs, tail, tailMeanMs, perSecond } = values;
  const start = Array.from({ length: burst }, (_, index) => index * burstGapMs);
  const follow = Array.from({ length: tail }, () => burst * burstGapMs + random.exponential(tailMeanMs));
  const always = [...arrivals({ perSecond, durationMs: epochMs, burstSize: 1, burstGapMs: 0 }, random)];
  return [...start, ...follow.map((ms) => ms % epochMs), ...always.map(({ atMs }) => atMs)].sort((a, b) => a - b);
}

/** One row of an allotment, or a challenge id that must come back unknown. A tier hangs on its account. */
function rowOf(
  account: string,
  epoch: string,
  { allotment, tiers, unknownTierShare, bogusShare, foreignShare }: SubmitsParameters,
  random: Random,
): Record<string, string | number> {
  const tier = tierNames[Number(account.slice(1)) % tiers] ?? tierNames[0];
  const known = random.uniform() < unknownTierShare ? 'unknown' : tier;
  const seq = random.below(allotment);
  const kind = random.uniform();
  const idOf = (owner: string): string => challengeId(key, allotmentName(owner, epoch, tier), seq);
  if (kind < bogusShare) return { account, epoch, tier: known, cid: bogus(random), seq: 'unknown' };
  if (kind < bogusShare + foreignShare)
    return { account, epoch, tier: known, cid: idOf(`another-${account}`), seq: 'unknown' };
  return { account, epoch, tier: known, cid: idOf(account), seq };
}

function bogus(random: Random): string {
  return Array.from({ length: challengeDigits }, () => random.below(16).toString(16)).join('');
}

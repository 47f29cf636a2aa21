import { longestTimerMs } from '../../measure/clock.js';
import { type Step, type TraceOperation, traceVersion } from '../operation.js';
import { rounded } from './arrivals.js';
import {
  counted,
  type GeneratedTrace,
  type GenerateOptions,
  type ParameterTable,
  type ParameterValues,
  parameterValues,
  type TraceGenerator,
} from './parameter.js';
import { randomFrom } from './random.js';

/** What the `forward` generator turns on. */
export const forwardParameters = {
  cycles: { default: 4, unit: '', describe: 'cycles, one after another', min: 1, max: 10_000, whole: true },
  pauseMs: { default: 200, unit: 'ms', describe: 'from the end of a cycle to the start of the next' },
  miners: { default: 240, unit: '', describe: 'miners asked in a cycle', min: 1, max: 100_000, whole: true },
  timeoutMs: {
    default: 2000,
    unit: 'ms',
    describe: 'when a miner that has not answered is cut',
    min: 1,
    max: longestTimerMs,
  },
  delayMedianMs: { default: 250, unit: 'ms', describe: 'median of the time that miners take to answer' },
  delaySigma: {
    default: 1.1,
    unit: '',
    describe: 'spread of it, of the logarithm: the larger, the heavier the tail',
    max: 5,
  },
  failShare: {
    default: 0.02,
    unit: '',
    describe: 'share of the miners that answer with numbers nobody can accept',
    max: 1,
  },
  rows: { default: 1000, unit: '', describe: 'rows of an answer', min: 0, max: 1_000_000, whole: true },
  floats: { default: 289, unit: '', describe: 'numbers in a row', min: 0, max: 1_000_000, whole: true },
  payloadScale: {
    default: 0.1,
    unit: '',
    describe: 'share of the rows that a replay makes, unless --payload-scale says otherwise',
    min: 0.0001,
    max: 1,
  },
} as const satisfies ParameterTable;

export type ForwardParameters = ParameterValues<typeof forwardParameters>;

const op = 'forward';
const main = 'validator';

/**
 * A trace of fan-out cycles of one process, each starting a pause after the one before it ended.
 * @throws IpcbenchError `BAD_OPTION` for an unknown parameter or a value out of range
 */
export function generateForward(
  parameters: Partial<ForwardParameters> = {},
  { seed = 1, name = op }: GenerateOptions = {},
): GeneratedTrace {
  const values = parameterValues(forwardParameters, parameters);
  const header: GeneratedTrace['header'] = {
    ipcbench: 'trace',
    version: traceVersion,
    name,
    provenance: { kind: 'generated', generator: op, seed, parameters: values },
    primary: op,
    durationMs: values.cycles * (values.timeoutMs + values.pauseMs),
    structures: [],
    processes: [{ name: main }],
  };
  return counted({ header, operations: { [Symbol.iterator]: () => cycles(values, seed) } });
}

/** The generator behind `ipcbench trace generate forward`. */
export const forwardGenerator: TraceGenerator<typeof forwardParameters> = {
  name: op,
  summary: 'cycles that ask hundreds of miners and gather what they answer',
  parameters: forwardParameters,
  presets: {
    'forward-cycle': {
      summary:
        '240 miners with heavy-tailed delays up to the time-out, four cycles, a sixtieth of the time and a tenth of the rows',
      seed: 31,
      values: {},
    },
  },
  generate: generateForward,
};

function* cycles(values: ForwardParameters, seed: number): Generator<TraceOperation> {
  const random = randomFrom(seed, 'miners');
  for (let cycle = 0; cycle < values.cycles; cycle++) {
    const miners = Array.from({ length: values.miners }, () => {
      // A miner that was cut is known to have taken the time-out at least, and no more is known of it.
      const delayMs = Math.min(rounded(random.logNormal(values.delayMedianMs, values.delaySigma)), values.timeoutMs);
      const fails = random.uniform() < values.failShare;
      return { delayMs, rows: values.rows, floats: values.floats, ...(fails ? { fails: true as const } : {}) };
    });
    const { timeoutMs, payloadScale } = values;
    const step: Step = { do: 'forward', timeoutMs, payloadScale, seed: cycle, miners };
    yield {
      ...(cycle === 0 ? { at: 0 } : { after: values.pauseMs }),
      op,
      process: main,
      chain: 'cycles',
      steps: [step],
    };
  }
}

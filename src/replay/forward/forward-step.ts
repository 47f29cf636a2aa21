import { createHash } from 'node:crypto';
import { IpcbenchError } from '../../errors.js';
import type { Answer, Cycle, FanOut } from '../../strategies/strategy.js';
import type { ForwardStep } from '../../trace/operation.js';
import type { OperationRun } from '../operation-run.js';
import type { WorkloadMeter } from '../workload-meter.js';
import { CycleCheck, type CycleTally } from './cycle-check.js';
import type { CycleDigest } from './cycle-digest.js';
import { CycleTimes } from './cycle-times.js';
import { askedText } from './cycle-truth.js';
import { minersOf } from './miners.js';

const workload = 'forward';

/** What is told of cycles here; a strategy that told it as well would add to it. */
const ownNames: ReadonlySet<string> = new Set([
  ...['cyclesBegun', 'cyclesFailed', 'cyclesUnfinished', 'rowsRecorded', 'rowsScaled'],
  ...['rows', 'valid', 'invalid', 'timedOut', 'sum'],
  ...['cycleMs', 'overTimeoutMs', 'mainBusyMs', 'mainCpuMs'],
]);

/** Makes a `forward` step ready to run: a cycle through the strategy's pool, with this process as its main process. */
export function compileForward(step: ForwardStep): (run: OperationRun) => Promise<void> {
  return (run) => runForward(step, run);
}

async function runForward({ timeoutMs, seed = 0, payloadScale = 1, ...step }: ForwardStep, run: OperationRun) {
  const { fanOut } = run.session('wait');
  if (fanOut === undefined) throw new IpcbenchError('UNAVAILABLE', 'this strategy has no fan-out');
  const scale = run.payloadScale ?? payloadScale;
  const miners = minersOf(step.miners, scale);
  const meter = run.workload(workload);
  const check = new CycleCheck(miners, timeoutMs);
  let left = miners.length;
  const validate = (miner: number, answer: Answer): void => {
    check.validate(miner, answer);
    left -= 1;
    if (left === 0) run.glanceAtMemory();
  };
  const cycle = { timeoutMs, seed, miners, validate };
  const { digest } = await checkedCycle(fanOut, cycle, check, run, meter);
  count(digest, meter);
  const asked = askedText({ timeoutMs, seed, scale, miners: step.miners });
  const same = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  meter.cameTo(same, JSON.stringify(digest), asked);
  meter.count('rowsRecorded', rowsWithin(timeoutMs, minersOf(step.miners, 1)));
  meter.count('rowsScaled', rowsWithin(timeoutMs, miners));
}

/**
 * Has the strategy run a cycle and holds what it answered against the trace.
 * @throws IpcbenchError `PROTOCOL` when there are answers that cannot be read, or whatever the cycle failed of
 */
async function checkedCycle(
  fanOut: FanOut,
  cycle: Cycle,
  check: CycleCheck,
  run: OperationRun,
  meter: WorkloadMeter,
): Promise<CycleTally> {
  const startNs = run.nowNs();
  const times = new CycleTimes(cycle.timeoutMs, run, meter);
  try {
    const answers: unknown = await fanOut.forward(cycle, { signal: run.signal }, meter.lent(ownNames));
    times.ended();
    const tally = check.finish(answers);
    for (const [miner, { right, example }] of tally.answers)
      run.answered(workload, { right, telling: true, key: `miner ${miner}`, example, startNs });
    if (tally.unreadable !== undefined) throw new IpcbenchError('PROTOCOL', tally.unreadable);
    return tally;
  } catch (error) {
    times.failed();
    throw error;
  }
}

/** Rows that are answered with within the time-out. */
function rowsWithin(timeoutMs: number, miners: Cycle['miners']): number {
  return miners.reduce((sum, { delayMs, rows }) => sum + (delayMs < timeoutMs ? rows : 0), 0);
}

function count({ rows, valid, invalid, timedOut, sum }: CycleDigest, meter: WorkloadMeter): void {
  for (const [name, by] of Object.entries({ rows, valid, invalid, timedOut, sum })) meter.count(name, by);
}

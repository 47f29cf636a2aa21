import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { IpcbenchError } from '../../errors.js';
import type { Answer, Cycle, FanOut } from '../../strategies/strategy.js';
import type { ForwardStep } from '../../trace/operation.js';
import type { OperationRun } from '../operation-run.js';
import type { WorkloadMeter } from '../workload-meter.js';
import { digestOf } from './cycle-agreement.js';
import { CycleCheck, type CycleTally } from './cycle-check.js';
import { minersOf } from './miners.js';

const workload = 'forward';

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
  const startNs = run.nowNs();
  const tally = check.finish(await measured(fanOut, cycle, run.signal, meter));
  count(tally, meter);
  const same = createHash('sha256').update(JSON.stringify([timeoutMs, seed, scale, step.miners]));
  meter.cameTo(same.digest('hex').slice(0, 16), JSON.stringify(digestOf(tally)));
  meter.count('rowsRecorded', recordedRows(step.miners, timeoutMs));
  for (const [miner, { right, example }] of tally.answers)
    run.answered(workload, { right, telling: true, key: `miner ${miner}`, example, startNs });
}

/**
 * Runs a cycle and notes how long it took and how busy this process was meanwhile, with whatever else it had to do; of one that failed, too. A
 * cycle that is given up because the round ends has no time to tell.
 */
async function measured(
  fanOut: FanOut,
  cycle: Cycle,
  signal: AbortSignal,
  meter: WorkloadMeter,
): Promise<readonly Answer[]> {
  const [startMs, loopBefore, cpuBefore] = [performance.now(), performance.eventLoopUtilization(), process.cpuUsage()];
  const note = (): void => {
    const tookMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(cpuBefore);
    meter.figure('cycleMs', tookMs);
    meter.figure('overTimeoutMs', Math.max(tookMs - cycle.timeoutMs, 0));
    meter.figure('mainBusyMs', performance.eventLoopUtilization(loopBefore).active);
    meter.figure('mainCpuMs', (user + system) / 1000);
  };
  meter.count('cyclesBegun');
  try {
    const answers = await fanOut.forward(cycle, { signal }, meter);
    note();
    return answers;
  } catch (error) {
    if (!signal.aborted) {
      note();
      meter.count('cyclesFailed');
    }
    throw error;
  }
}

/** Rows that were answered with within the time-out, before they are scaled. */
function recordedRows(miners: ForwardStep['miners'], timeoutMs: number): number {
  return minersOf(miners, 1).reduce((sum, { delayMs, rows }) => sum + (delayMs < timeoutMs ? rows : 0), 0);
}

function count({ rows, valid, invalid, timedOut, sum }: CycleTally, meter: WorkloadMeter): void {
  for (const [name, by] of Object.entries({ rows, valid, invalid, timedOut, sum })) meter.count(name, by);
}

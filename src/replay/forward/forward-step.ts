import { IpcbenchError } from '../../errors.js';
import type { ForwardStep } from '../../trace/operation.js';
import type { OperationRun } from '../operation-run.js';
import { CycleCheck } from './cycle-check.js';
import { minersOf } from './miners.js';

/** Makes a `forward` step ready to run: a cycle through the strategy's pool, with this process as its main process. */
export function compileForward(step: ForwardStep): (run: OperationRun) => Promise<void> {
  const { timeoutMs, seed = 0, payloadScale = 1 } = step;
  const miners = minersOf(step.miners, payloadScale);
  return async (run) => {
    const { fanOut } = run.session('wait');
    if (fanOut === undefined) throw new IpcbenchError('UNAVAILABLE', 'this strategy has no fan-out');
    const meter = run.workload('forward');
    const check = new CycleCheck(miners, timeoutMs);
    const cycle = { timeoutMs, seed, miners, validate: check.validate.bind(check) };
    const startNs = run.nowNs();
    const answers = await fanOut.forward(cycle, { signal: run.signal }, meter);
    meter.figure('cycleMs', (run.nowNs() - startNs) / 1e6);
    const { wrong, example = '', rows } = check.finish(answers);
    meter.count('rows', rows);
    run.answered('forward', { right: wrong === 0, telling: rows > 0, key: 'cycle', example, startNs });
  };
}

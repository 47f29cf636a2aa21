import { serialize } from 'node:v8';
import { messageOf } from '../../errors.js';
import { monotonicNs } from '../../measure/clock.js';
import type { Miner, Row } from './cycle.js';
import { rowsOf } from './miner-rows.js';
import { loadModules } from './module-graph.js';
import type { FromPoolWorker, GatherTask, ToPoolWorker, WireModel, WireTuple } from './pool-messages.js';

/** Entry of a pool's worker process: asks the miners of one chunk after another and hands back what they answered. */

interface Outcome {
  rows: Row[];
  tookMs: number;
}

// Ctrl-C reaches the whole process group: whether the work ends with it is the parent's to say, and a worker ends with its parent.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToPoolWorker) => void act(message));

async function act(message: ToPoolWorker): Promise<void> {
  if (message.kind === 'start') {
    if (message.importMs > 0) await loadModules(message.moduleGraph, message.importMs);
    return tell({ kind: 'ready' });
  }
  const { id, task } = message;
  try {
    const outcomes = await askAll(task);
    const gatheredAtMs = Number(monotonicNs()) / 1e6;
    tell({ kind: 'collected', id });
    tell({ kind: 'gathered', id, gatheredAtMs, payload: packed(task, outcomes) });
  } catch (error) {
    tell({ kind: 'failed', id, message: messageOf(error) });
  }
}

function packed(task: GatherTask, outcomes: readonly (Outcome | undefined)[]): Uint8Array {
  const wired = task.miners.map((_, index) => {
    const [miner, outcome] = [task.first + index, outcomes[index]];
    return task.result === 'tuple' ? tuple(miner, outcome, task.timeoutMs) : model(miner, outcome, task.timeoutMs);
  });
  return serialize(wired);
}

/** Resolves when all have answered, or at the time-out with those that have; rejects when an answer cannot be made. */
function askAll({ miners, timeoutMs, first, seed, rows }: GatherTask): Promise<(Outcome | undefined)[]> {
  return new Promise((resolve, reject) => {
    const askedAtMs = performance.now();
    const outcomes: (Outcome | undefined)[] = miners.map(() => undefined);
    const timers: NodeJS.Timeout[] = [];
    let awaited = miners.length;
    const stop = (): void => {
      for (const timer of timers) clearTimeout(timer);
    };
    const finish = (): void => {
      stop();
      resolve(outcomes);
    };
    // What is thrown in a timer would end the process, and nobody would know of what.
    const at = (delayMs: number, act: () => void): void => {
      const guarded = (): void => {
        try {
          act();
        } catch (error) {
          stop();
          reject(error);
        }
      };
      timers.push(setTimeout(guarded, delayMs));
    };
    const answer = (miner: Miner, index: number): void => {
      outcomes[index] = { rows: rowsOf(miner, first + index, seed, rows), tookMs: performance.now() - askedAtMs };
      awaited -= 1;
    };
    // What answered before the time-out has answered, however late this loop gets to it: the trace decides who is cut, not the machine.
    const cut = (): void => {
      for (const [index, miner] of miners.entries())
        if (outcomes[index] === undefined && miner.delayMs < timeoutMs) answer(miner, index);
      finish();
    };
    at(timeoutMs, cut);
    for (const [index, miner] of miners.entries()) {
      const due = (): void => {
        answer(miner, index);
        if (awaited === 0) finish();
      };
      if (miner.delayMs < timeoutMs) at(miner.delayMs, due);
    }
    if (awaited === 0) finish();
  });
}

function tuple(miner: number, outcome: Outcome | undefined, timeoutMs: number): WireTuple {
  return outcome === undefined ? [undefined, timeoutMs] : [{ miner, rows: outcome.rows }, outcome.tookMs];
}

function model(miner: number, outcome: Outcome | undefined, timeoutMs: number): WireModel {
  const tookMs = outcome?.tookMs ?? timeoutMs;
  return {
    name: 'Forward',
    version: 1,
    miner,
    status: outcome === undefined ? { code: 408, message: 'timed out' } : { code: 200, message: 'answered' },
    headers: { 'x-miner': `miner-${miner}`, 'x-process-time': tookMs.toFixed(3), 'content-type': 'application/json' },
    tookMs,
    rows: outcome?.rows ?? null,
  };
}

function tell(message: FromPoolWorker): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

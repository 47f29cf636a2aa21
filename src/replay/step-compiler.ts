import type { Value } from '../strategies/strategy.js';
import type { Step } from '../trace/operation.js';
import { compileForward } from './forward/forward-step.js';
import type { OperationRun } from './operation-run.js';
import { compileNumber, compileOptionalNumber, compileText, resolveText } from './resolver.js';
import { submitRunner } from './submit/submit-step.js';

/** One step made ready to run: templates are compiled once per worker, not once per operation. */
export type CompiledStep = (run: OperationRun) => Promise<void> | void;

const defaultLockTimeoutMs = 10_000;
const defaultTakeTimeoutMs = 1_000;
const defaultPatchBytes = 50;

export function compileSteps(steps: readonly Step[]): CompiledStep[] {
  return steps.map((step, index) => compileStep(step, mayTravelWithRelease(steps, index)));
}

/** Runs compiled steps one after another. */
export async function runSteps(steps: readonly CompiledStep[], run: OperationRun): Promise<void> {
  for (const step of steps) {
    const pending = step(run);
    if (pending !== undefined) await pending;
  }
}

function compileStep(step: Step, mayDefer: boolean): CompiledStep {
  switch (step.do) {
    case 'wait': {
      const [ms, phase] = [compileNumber(step.ms), step.phase ?? 'wait'];
      return (run) => run.wait(ms(run.scope), phase);
    }
    case 'cpu': {
      const ms = compileNumber(step.ms);
      return (run) => run.compute(ms(run.scope));
    }
    case 'lock': {
      const keys = (typeof step.key === 'string' ? [step.key] : step.key).map(compileText);
      const timeoutMs = step.timeoutMs ?? defaultLockTimeoutMs;
      return (run) => run.lock([...new Set(keys.map((key) => key(run.scope)))], timeoutMs);
    }
    case 'unlock':
      return (run) => run.unlock();
    case 'each':
      return compileEach(step);
    case 'submit':
      return submitRunner(step);
    case 'forward':
      return compileForward(step);
    case 'put':
    case 'take':
      return compileQueueStep(step);
    default:
      return compileEntryStep(step, mayDefer);
  }
}

function compileQueueStep(step: Step & { do: 'put' | 'take' }): CompiledStep {
  if (step.do === 'take') {
    const timeoutMs = step.timeoutMs ?? defaultTakeTimeoutMs;
    return async (run) => {
      await run.session('queue').state.take(step.in, timeoutMs, run.stopwatch);
    };
  }
  const bytes = compileOptionalNumber(step.bytes);
  return (run) => run.session('queue').state.put(step.in, run.blindValue(step.in, bytes(run.scope)), run.stopwatch);
}

type EntryStep = Exclude<
  Step,
  { do: 'wait' | 'cpu' | 'lock' | 'unlock' | 'each' | 'put' | 'take' | 'submit' | 'forward' }
>;

function compileEntryStep(step: EntryStep, mayDefer: boolean): CompiledStep {
  const bytes = compileOptionalNumber('bytes' in step ? step.bytes : undefined);
  const key = compileText('key' in step ? (step.key ?? '') : '');
  switch (step.do) {
    case 'read':
      return (run) => run.read(step.in, key(run.scope));
    case 'write':
      return (run) => run.write(step.in, key(run.scope), bytes(run.scope), mayDefer);
    case 'patch':
      return (run) => run.patch(step.in, key(run.scope), bytes(run.scope) ?? defaultPatchBytes);
    case 'patch-many':
      return compilePatchMany(step);
    case 'delete':
      return (run) => run.session('write').state.delete(step.in, key(run.scope), run.stopwatch);
    case 'keys':
      return async (run) => {
        await run.keys(step.in);
      };
    case 'read-all':
      return (run) => run.readAll(step.in);
    case 'clear':
      return (run) => run.session('write').state.clear(step.in, run.stopwatch);
    case 'replace-all':
      return (run) => run.session('write').state.replaceAll(step.in, manyEntries(step, run), run.stopwatch);
    case 'write-many':
      return (run) => writeMany(step, run);
  }
}

function compilePatchMany(step: Step & { do: 'patch-many' }): CompiledStep {
  const bytes = compileOptionalNumber(step.bytes);
  const named = step.keys?.map(compileText);
  return async (run) => {
    const keys = named?.map((key) => key(run.scope)) ?? (await run.keys(step.in));
    const size = bytes(run.scope) ?? defaultPatchBytes;
    if (step.batch === true) return run.patchMany(step.in, keys, size);
    for (const key of keys) await run.patch(step.in, key, size);
  };
}

async function writeMany(step: Step & { do: 'write-many' }, run: OperationRun): Promise<void> {
  const entries = manyEntries(step, run);
  const { state } = run.session('write');
  if (step.batch !== false) return state.setMany(step.in, entries, run.stopwatch);
  for (const [key, value] of entries) await state.set(step.in, key, value, run.stopwatch);
}

function manyEntries(step: Step & { do: 'write-many' | 'replace-all' }, run: OperationRun): [string, Value][] {
  const bytes = compileOptionalNumber(step.bytes)(run.scope);
  const prefix = resolveText(step.prefix, run.scope);
  return Array.from({ length: step.count }, (_, index) => [`${prefix}${index}`, run.blindValue(step.in, bytes)]);
}

function compileEach(step: Step & { do: 'each' }): CompiledStep {
  const inner = compileSteps(step.steps);
  const named = step.keys?.map(compileText);
  return async (run) => {
    const keys = named?.map((key) => key(run.scope)) ?? (step.in === undefined ? [] : await run.keys(step.in));
    const outer = run.scope.item;
    const seenBefore = run.seenCount;
    for (const key of step.limit === undefined ? keys : keys.slice(0, step.limit)) {
      run.scope.item = key;
      await runSteps(inner, run);
      run.forget(seenBefore);
    }
    run.scope.item = outer;
  };
}

/** A write that nothing but waiting separates from the release: a strategy that can may send both in one call. */
function mayTravelWithRelease(steps: readonly Step[], index: number): boolean {
  if (steps[index]?.do !== 'write') return false;
  for (const step of steps.slice(index + 1)) {
    if (step.do === 'unlock') return true;
    if (step.do !== 'wait' && step.do !== 'cpu' && step.do !== 'put') return false;
  }
  return false;
}

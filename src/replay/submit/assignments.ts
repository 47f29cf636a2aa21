import type { Assignment } from '../../strategies/strategy.js';
import type { Step, SubmitStep, TraceHeader } from '../../trace/operation.js';
import { OperationSource } from '../operation-source.js';
import { compileText, type Resolver, type Scope } from '../resolver.js';
import { stepsOf } from '../shard.js';
import { assignmentRunner } from './submit-step.js';

const rowsPerBatch = 500;

/**
 * The rows that the submits of a plan name, in batches: what the table behind the replica holds.
 * @param files operations of the plan, one a line
 */
export async function* assignmentsOf(
  files: readonly string[],
  header: TraceHeader,
): AsyncGenerator<Assignment[], void, undefined> {
  const compiled = new Map<readonly Step[], Collector>();
  let batch: Assignment[] = [];
  const keep = (row: Assignment): void => void batch.push(row);
  for (const file of files) {
    const source = new OperationSource(file);
    try {
      for (let operation = await source.wait(); operation !== undefined; operation = await source.wait()) {
        const steps = stepsOf(operation, header);
        const collect = compiled.get(steps) ?? collectorOf(steps);
        // Steps of an operation's own are never met again.
        if (operation.steps === undefined) compiled.set(steps, collect);
        collect({ fields: operation.fields ?? {}, item: '' }, keep);
        if (batch.length < rowsPerBatch) continue;
        yield batch;
        batch = [];
      }
    } finally {
      source.close();
    }
  }
  if (batch.length > 0) yield batch;
}

type Collector = (scope: Scope, keep: (row: Assignment) => void) => void;

function collectorOf(steps: readonly Step[]): Collector {
  const collectors = steps.flatMap((step) => (step.do === 'submit' ? [ofSubmit(step)] : ofEach(step)));
  return (scope, keep) => {
    for (const collect of collectors) collect(scope, keep);
  };
}

function ofSubmit(step: SubmitStep): Collector {
  const rowOf = assignmentRunner(step);
  return (scope, keep) => {
    const row = rowOf(scope);
    if (row !== undefined) keep(row);
  };
}

/** Which keys a dict will hold is known when it is asked: submits for each of them find no row. */
function ofEach(step: Step): Collector[] {
  if (step.do !== 'each' || step.keys === undefined) return [];
  const collect = collectorOf(step.steps);
  const keys: Resolver<string>[] = step.keys.slice(0, step.limit).map(compileText);
  return [
    (scope, keep) => {
      for (const key of keys) collect({ ...scope, item: key(scope) }, keep);
    },
  ];
}

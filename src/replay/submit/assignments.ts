import type { Assignment } from '../../strategies/strategy.js';
import type { Step, SubmitStep, TraceHeader } from '../../trace/operation.js';
import { OperationSource } from '../operation-source.js';
import { compileText, type Resolver, type Scope } from '../resolver.js';
import { stepsOf } from '../shard.js';
import { assignmentRunner } from './submit-step.js';

const rowsPerBatch = 500;
/** Half of what servers take at once, as JSON: names may be long. */
const bytesPerBatch = 8 * 2 ** 20;
/** What JSON makes of one UTF-16 code unit at most: an escape such as `\u0007`. */
const jsonBytesPerUnit = 6;
/** Names of the fields, their quotes and the number. */
const jsonBytesPerRow = 100;

/**
 * The rows that the submits of a plan name, in batches: what the table behind the replica holds.
 * @param files operations of the plan, one a line
 */
export async function* assignmentsOf(
  files: readonly string[],
  header: TraceHeader,
): AsyncGenerator<Assignment[], void, undefined> {
  const compiled = new Map<readonly Step[], Collector>();
  const batches = new Batches();
  const keep = (row: Assignment): void => batches.add(row);
  for (const file of files) {
    const source = new OperationSource(file);
    try {
      for (let operation = await source.wait(); operation !== undefined; operation = await source.wait()) {
        const steps = stepsOf(operation, header);
        const collect = compiled.get(steps) ?? collectorOf(steps);
        // Steps of an operation's own are never met again.
        if (operation.steps === undefined) compiled.set(steps, collect);
        collect({ fields: operation.fields ?? {}, item: '' }, keep);
        yield* batches.takeFull();
      }
    } finally {
      source.close();
    }
  }
  yield* batches.takeAll();
}

/** Puts rows together for as long as one call can carry them; a row too large for any goes by itself. */
class Batches {
  #full: Assignment[][] = [];
  #rows: Assignment[] = [];
  #bytes = 0;

  add(row: Assignment): void {
    const bytes = bytesAtMost(row);
    if (this.#rows.length === rowsPerBatch || this.#bytes + bytes > bytesPerBatch) this.#end();
    this.#rows.push(row);
    this.#bytes += bytes;
  }

  takeFull(): Assignment[][] {
    const full = this.#full;
    if (full.length > 0) this.#full = [];
    return full;
  }

  takeAll(): Assignment[][] {
    this.#end();
    return this.takeFull();
  }

  #end(): void {
    if (this.#rows.length > 0) this.#full.push(this.#rows);
    this.#rows = [];
    this.#bytes = 0;
  }
}

/** Bytes of a row as JSON, or somewhat more: counting them exactly would write every row twice. */
function bytesAtMost({ account, epoch, tier = '', cid }: Assignment): number {
  return jsonBytesPerRow + jsonBytesPerUnit * (account.length + epoch.length + tier.length + cid.length);
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

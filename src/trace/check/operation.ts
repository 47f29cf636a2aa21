import { suggestion } from '../../measure/nearest-name.js';
import type { StepCapability } from '../capability.js';
import type { TraceProcess } from '../operation.js';
import type { CheckedHeader } from './header.js';
import { type FieldForm, fieldForms, type StepNeeds } from './step-rules.js';
import { checkSteps } from './steps.js';
import { isDuration, isObject, isText, type JsonObject, wrong } from './value.js';

export interface KindCount {
  count: number;
  /** Whether its steps take a lock. */
  locks: boolean;
}

/** Checks operation lines one after another, and counts those that hold. This is the hot path of every reading: no allocation per line. */
export class OperationCheck {
  readonly kinds = new Map<string, KindCount>();
  readonly processes = new Map<string, { process: TraceProcess; count: number }>();
  operations = 0;
  lastDueMs = 0;
  /** Whether any operation that holds has a due time. */
  timed = false;
  /** What a strategy has to be able to do for those that hold. */
  readonly capabilities = new Set<StepCapability>();
  #last: StepNeeds | undefined;
  readonly #header: CheckedHeader;

  constructor(header: CheckedHeader) {
    this.#header = header;
    for (const [name, process] of header.processes) this.processes.set(name, { process, count: 0 });
  }

  /** The problem with a parsed line, in words; or undefined, and the operation is counted. */
  check(value: unknown): string | undefined {
    if (!isObject(value)) return 'not an operation, expected {"op": …, "process": …}';
    const kind = value.op;
    if (typeof kind !== 'string' || kind === '') return problemOfKind(value);
    const process = this.processes.get(value.process as string);
    if (process === undefined) return this.#problemOfProcess(value.process);
    const due = value.at;
    const problem =
      this.#problemOfDue(value, process.process) ??
      (value.recorded === undefined ? undefined : problemOfRecorded(value.recorded));
    if (problem !== undefined) return problem;
    const needs = this.#needsOf(value, kind);
    if (typeof needs === 'string') return needs;
    const missing = problemOfFields(value.fields, needs);
    if (missing !== undefined) return missing;
    this.#count(kind, needs.locks);
    if (needs !== this.#last) for (const capability of needs.capabilities) this.capabilities.add(capability);
    this.#last = needs;
    process.count++;
    if (due !== undefined) {
      this.lastDueMs = due as number;
      this.timed = true;
    }
    return undefined;
  }

  #count(kind: string, locks: boolean): void {
    this.operations++;
    const counted = this.kinds.get(kind);
    if (counted === undefined) this.kinds.set(kind, { count: 1, locks });
    else {
      counted.count++;
      if (locks) counted.locks = true;
    }
  }

  #problemOfProcess(name: unknown): string {
    const expected = isText(name) ? ` (${suggestion(name, this.processes.keys())})` : '';
    return wrong('process', name, `a process of the header${expected}`);
  }

  #problemOfDue({ at, after, chain }: JsonObject, process: TraceProcess): string | undefined {
    if (chain !== undefined && !isText(chain)) return wrong('chain', chain, 'a text');
    if (process.loop !== undefined) {
      if (at === undefined && after === undefined && chain === undefined) return undefined;
      const name = at !== undefined ? 'at' : after !== undefined ? 'after' : 'chain';
      return `"${name}" stands on process "${process.name}", which loops: expected none, its pause says when operations are due`;
    }
    if (after !== undefined) {
      if (at !== undefined) return 'both "at" and "after" are given, expected one of them';
      return isDuration(after) ? undefined : wrong('after', after, 'a number of milliseconds, 0 or more');
    }
    if (!isDuration(at)) return wrong('at', at, 'a number of milliseconds, 0 or more');
    if (at < this.lastDueMs)
      return `${wrong('at', at, `${this.lastDueMs} or more, the due time before it`)}: sort the operations by "at"`;
    return undefined;
  }

  #needsOf({ steps, use }: JsonObject, kind: string): StepNeeds | string {
    if (steps !== undefined) {
      if (use !== undefined) return 'both "steps" and "use" are given, expected one of them';
      const checked = checkSteps(steps, this.#header.structures);
      return checked.problem ?? checked.needs;
    }
    if (use !== undefined && typeof use !== 'string') return wrong('use', use, 'the name of a template');
    const template = this.#header.templates.get(use ?? kind);
    if (template !== undefined) return template.needs;
    const near = suggestion(use ?? kind, this.#header.templates.keys());
    if (use !== undefined) return wrong('use', use, `a template of the header (${near})`);
    return `"op" is "${kind}" without "steps" or "use", expected a template of that name (${near})`;
  }
}

function problemOfKind(value: JsonObject): string {
  if (value.ipcbench === 'trace') return 'a second header, expected an operation: join traces by their operations only';
  return wrong('op', value.op, 'the kind of operation, a text that is not empty');
}

function problemOfRecorded(recorded: unknown): string | undefined {
  if (!isObject(recorded)) return wrong('recorded', recorded, '{"ms": …}');
  if (!isDuration(recorded.ms)) return wrong('recorded.ms', recorded.ms, 'a number of milliseconds, 0 or more');
  if (recorded.waitMs !== undefined && !isDuration(recorded.waitMs))
    return wrong('recorded.waitMs', recorded.waitMs, 'a number of milliseconds, 0 or more');
  return undefined;
}

const none: JsonObject = {};
const forms = Object.keys(fieldForms) as FieldForm[];

/** A prototype holds neither texts nor numbers, so that a field it would lend reads as wrong, whatever its name. */
function problemOfFields(given: unknown, needs: StepNeeds): string | undefined {
  if (given !== undefined && !isObject(given)) return wrong('fields', given, '{"name": text or number}');
  const fields = given ?? none;
  for (const name of needs.texts) {
    const kind = typeof fields[name];
    if (kind !== 'string' && kind !== 'number')
      return wrong(`fields.${name}`, fields[name], `a text or a number for "{${name}}" in its steps`);
  }
  for (const form of forms) {
    const { expected, holds } = fieldForms[form];
    for (const name of needs[form]) if (!holds(fields[name])) return wrong(`fields.${name}`, fields[name], expected);
  }
  return undefined;
}

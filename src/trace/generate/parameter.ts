import { IpcbenchError } from '../../errors.js';
import { suggestion } from '../../measure/nearest-name.js';
import type { TraceHeader, TraceOperation } from '../operation.js';

/** One number that a generator turns on. */
export interface Parameter {
  default: number;
  /** `ms`, `bytes`, `per second`, … or empty for a plain number. */
  unit: string;
  describe: string;
  min?: number;
  max?: number;
  /** Whether it counts something. */
  whole?: boolean;
}

export type ParameterTable = Readonly<Record<string, Parameter>>;
export type ParameterValues<T extends ParameterTable> = { [K in keyof T]: number };

export interface GeneratedTrace {
  header: TraceHeader;
  /** Can be iterated again, with the same outcome. */
  operations: Iterable<TraceOperation>;
}

export interface GenerateOptions {
  /** Default 1. */
  seed?: number;
  /** Name of the trace. Default: the generator's. */
  name?: string;
}

/** A way to make traces from named numbers: same numbers and seed, same trace. */
export interface TraceGenerator<T extends ParameterTable = ParameterTable> {
  name: string;
  /** One line. */
  summary: string;
  parameters: T;
  /** Named settings; each fixture is one. */
  presets: Readonly<Record<string, { summary: string; seed: number; values: Partial<ParameterValues<T>> }>>;
  generate(values: Partial<ParameterValues<T>>, options?: GenerateOptions): GeneratedTrace;
}

/**
 * The defaults with `given` over them, each checked.
 * @throws IpcbenchError `BAD_OPTION` for an unknown name or a value out of range
 */
export function parameterValues<T extends ParameterTable>(
  table: T,
  given: Partial<ParameterValues<T>>,
): ParameterValues<T> {
  const values: Record<string, number> = {};
  for (const [name, parameter] of Object.entries(table)) values[name] = parameter.default;
  for (const [name, value] of Object.entries<number | undefined>(given)) {
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (parameter === undefined)
      throw new IpcbenchError(
        'BAD_OPTION',
        `no parameter is called "${name}": ${suggestion(name, Object.keys(table))}`,
      );
    if (value !== undefined) values[name] = checked(name, value, parameter);
  }
  return values as ParameterValues<T>;
}

function checked(name: string, value: number, { min = 0, max = Number.MAX_SAFE_INTEGER, whole }: Parameter): number {
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new IpcbenchError('BAD_OPTION', `parameter "${name}" is ${value}, expected ${kind} ${range}`);
}

/** The header's `operations` filled in by going through them once. */
export function counted(trace: GeneratedTrace): GeneratedTrace {
  let operations = 0;
  for (const _ of trace.operations) operations++;
  return { header: { ...trace.header, operations }, operations: trace.operations };
}

import { IpcbenchError } from '../errors.js';
import { nearestName } from '../measure/nearest-name.js';
import { parseCount, parseDurationMs } from '../measure/quantity.js';
import type { OptionSpec, OptionTable, OptionValues } from './strategy.js';

export type OptionValue = string | number | boolean;

/**
 * Reads `option=value,option=value` by a table. A comma only separates when `name=` follows, so that values may hold commas.
 * @throws IpcbenchError `BAD_OPTION` naming the option, what was written and what is allowed
 */
export function parseOptions<T extends OptionTable>(owner: string, written: string, table: T): OptionValues<T> {
  const values = defaultOptions(table) as Record<string, OptionValue>;
  if (written === '') return values as OptionValues<T>;
  for (const pair of written.split(/,(?=[A-Za-z][\w-]*=)/)) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) throw unknownOption(owner, name, table);
    if (equals < 0) throw bad(owner, name, '', spec);
    if (isSecret(spec)) throw unwritable(owner, name, spec);
    values[name] = parseOption(owner, name, pair.slice(equals + 1), spec);
  }
  return values as OptionValues<T>;
}

/** What an option table gives when nothing is written. */
export function defaultOptions<T extends OptionTable>(table: T): OptionValues<T> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, spec.default])) as OptionValues<T>;
}

/** The part of a spec after the colon that gives these values again; defaults are left out. */
export function printOptions(values: Readonly<Record<string, OptionValue>>, table: OptionTable): string {
  return Object.entries(table)
    .filter(([name, spec]) => values[name] !== undefined && values[name] !== spec.default)
    .map(([name, spec]) => `${name}=${printOption(values[name] ?? spec.default, spec)}`)
    .join(',');
}

export function printOption(value: OptionValue, spec: OptionSpec): string {
  return spec.type === 'duration' ? `${value}ms` : String(value);
}

/** In words, what may be written for an option. */
export function allowedValues(spec: OptionSpec): string {
  switch (spec.type) {
    case 'integer':
      return `a whole number${range(spec.min, spec.max, String)}`;
    case 'duration':
      return `a duration such as 250ms or 2.5s${range(spec.min, spec.max, (ms) => `${ms}ms`)}`;
    case 'choice':
      return spec.choices.join(' or ');
    case 'boolean':
      return 'true or false';
    case 'text':
      return isSecret(spec) ? 'a secret: never written in a spec' : 'any text';
  }
}

function range(min: number | undefined, max: number | undefined, print: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${print(min)} to ${print(max)}`;
  if (min !== undefined) return ` of at least ${print(min)}`;
  return max === undefined ? '' : ` of at most ${print(max)}`;
}

/** @throws IpcbenchError `BAD_OPTION` naming the option, what was written and what is allowed */
export function parseOption(owner: string, name: string, text: string, spec: OptionSpec): OptionValue {
  const value = parsed(text, spec);
  if (value === undefined) throw bad(owner, name, text, spec);
  return value;
}

function parsed(text: string, spec: OptionSpec): OptionValue | undefined {
  switch (spec.type) {
    case 'integer':
      return inRange(wholeOf(parseCount(text)), spec.min, spec.max);
    case 'duration':
      return inRange(parseDurationMs(text), spec.min, spec.max);
    case 'choice':
      return spec.choices.includes(text) ? text : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'text':
      return text;
  }
}

const inRange = (value: number | undefined, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY) =>
  value !== undefined && value >= min && value <= max ? value : undefined;

function wholeOf(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}

export const isSecret = (spec: OptionSpec | undefined): boolean => spec?.type === 'text' && spec.secret === true;

/** A spec names its results, in every report and on the terminal: a secret in it would be in all of them. */
function unwritable(owner: string, name: string, { describe }: OptionSpec): IpcbenchError {
  return new IpcbenchError(
    'BAD_OPTION',
    `${owner}: option ${name} is secret and cannot be given here, where reports would show it (${describe})`,
  );
}

function bad(owner: string, name: string, text: string, spec: OptionSpec): IpcbenchError {
  return new IpcbenchError('BAD_OPTION', `${owner}: option ${name}=${text}: expected ${allowedValues(spec)}`);
}

function unknownOption(owner: string, name: string, table: OptionTable): IpcbenchError {
  const known = Object.keys(table);
  const nearest = nearestName(name, known);
  const advice =
    known.length === 0
      ? 'it has no options'
      : `${nearest === undefined ? '' : `did you mean ${nearest}? `}It has ${known.join(', ')}`;
  return new IpcbenchError('BAD_OPTION', `${owner}: unknown option ${JSON.stringify(name)}: ${advice}`);
}

import { InvalidArgumentError } from 'commander';
import { parseCount } from '../../measure/quantity.js';

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

/** Says what is wrong with a number, if anything is. */
export type Rule = (value: number) => string | undefined;

const notNegative: Rule = (value) => (value >= 0 ? undefined : 'it must not be below 0');

export const positive: Rule = (value) => (value > 0 ? undefined : 'it must be above 0');

export function wholeFrom(least: number): Rule {
  return (value) =>
    Number.isInteger(value) && value >= least ? undefined : `it must be a whole number of at least ${least}`;
}

/** `30%` or `0.3`. */
export function parseShare(text: string): number {
  const percent = /^(.+)%$/.exec(text)?.[1];
  const value = percent === undefined ? parseCount(text) : (parseCount(percent) ?? Number.NaN) / 100;
  if (value === undefined || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a share from 0% to 100%, such as 30%');
  return value;
}

/** `50%` or `50`. */
export function parsePercent(text: string): number | undefined {
  return parseCount(text.replace(/%$/, ''));
}

/** An option's reader for commander, which tells what was wrong in one line. */
export function reader(
  parse: (text: string) => number | undefined,
  rule: Rule = notNegative,
): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError('expected a number such as 10, 2.5s, 250ms or 10k');
    const fault = rule(value);
    if (fault !== undefined) throw new InvalidArgumentError(fault);
    return value;
  };
}

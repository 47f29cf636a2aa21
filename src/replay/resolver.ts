import { itemName, placeholderPattern } from '../trace/placeholder.js';

/** An operation's own fields, and inside `each` the current key. */
export interface Scope {
  fields: Readonly<Record<string, string | number>>;
  item: string;
}

export type Resolver<T> = (scope: Scope) => T;

/** The text with `{field}` and `{item}` filled in. */
export function resolveText(text: string, scope: Scope): string {
  return compileText(text)(scope);
}

export function compileText(text: string): Resolver<string> {
  if (!text.includes('{')) return () => text;
  const parts = text.split(placeholderPattern());
  return ({ fields, item }) => {
    let filled = '';
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index] ?? '';
      filled += index % 2 === 0 ? part : part === itemName ? item : Object.hasOwn(fields, part) ? fields[part] : '';
    }
    return filled;
  };
}

export function compileNumber(value: number | string): Resolver<number> {
  if (typeof value === 'number') return () => value;
  const text = compileText(value);
  return (scope) => Number(text(scope));
}

export function compileOptionalNumber(value: number | string | undefined): Resolver<number | undefined> {
  return value === undefined ? () => undefined : compileNumber(value);
}

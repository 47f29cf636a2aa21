import type { Step } from '../trace/operation.js';
import { fillText } from '../trace/placeholder.js';
import { entryName, lockName } from './evidence.js';

/** What an operation touches, as far as its trace line tells: names as in the evidence, and structures that it takes whole. */
export interface Footprint {
  locks: string[];
  /** Whether it locks keys that are only known when it runs: those of a dict. */
  unknownLocks: boolean;
  /** Entries that it reads or writes, and those of them that it writes. */
  entries: string[];
  written: string[];
  /** Structures of which it may read, or write, any entry. */
  wholeRead: string[];
  wholeWritten: string[];
}

/** What running `steps` with these fields touches. Queues are left out: nothing is checked of them. */
export function footprintOf(steps: readonly Step[], fields: Readonly<Record<string, string | number>>): Footprint {
  const print: Footprint = {
    locks: [],
    unknownLocks: false,
    entries: [],
    written: [],
    wholeRead: [],
    wholeWritten: [],
  };
  for (const step of steps) addStep(print, step, { fields, item: undefined });
  return print;
}

/** `item` is null inside an `each` over keys that only the run knows. */
interface Scope {
  fields: Readonly<Record<string, string | number>>;
  item: string | null | undefined;
}

function addStep(print: Footprint, step: Step, scope: Scope): void {
  switch (step.do) {
    case 'lock':
      for (const key of [step.key].flat()) addLock(print, textIn(key, scope));
      break;
    case 'read':
    case 'write':
    case 'patch':
    case 'delete':
      addEntry(print, step.in, textIn(step.key ?? '', scope), step.do !== 'read');
      break;
    case 'patch-many':
      if (step.keys === undefined) print.wholeWritten.push(step.in);
      for (const key of step.keys ?? []) addEntry(print, step.in, textIn(key, scope), true);
      break;
    case 'keys':
    case 'read-all':
      print.wholeRead.push(step.in);
      break;
    case 'write-many':
    case 'replace-all':
    case 'clear':
      print.wholeWritten.push(step.in);
      break;
    case 'each':
      addEach(print, step, scope);
      break;
    default:
  }
}

function addEach(print: Footprint, step: Step & { do: 'each' }, scope: Scope): void {
  if (step.keys === undefined && step.in !== undefined) print.wholeRead.push(step.in);
  const items = step.keys?.map((key) => textIn(key, scope)) ?? [null];
  for (const item of items) for (const inner of step.steps) addStep(print, inner, { ...scope, item });
}

function addLock(print: Footprint, key: string | null): void {
  if (key === null) print.unknownLocks = true;
  else print.locks.push(lockName(key));
}

function addEntry(print: Footprint, structure: string, key: string | null, writes: boolean): void {
  if (key === null) {
    (writes ? print.wholeWritten : print.wholeRead).push(structure);
    return;
  }
  print.entries.push(entryName(structure, key));
  if (writes) print.written.push(entryName(structure, key));
}

/** The text filled in; null where it holds an item that only the run knows. */
function textIn(text: string, { fields, item }: Scope): string | null {
  if (item === null && text.includes('{item}')) return null;
  return fillText(text, fields, item ?? undefined);
}

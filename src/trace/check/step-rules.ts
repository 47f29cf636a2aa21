import type { StepKind, TraceStructure } from '../operation.js';
import { itemName, placeholdersOf, soleName } from '../placeholder.js';
import { isCount, isDuration, isSize, isText, isTexts } from './value.js';

/** What steps ask of the operation that runs them. */
export interface StepNeeds {
  /** Fields that fill text. */
  texts: Set<string>;
  /** Fields that stand for milliseconds. */
  durations: Set<string>;
  /** Fields that stand for bytes. */
  sizes: Set<string>;
  /** Whether a lock is taken. */
  locks: boolean;
}

export interface StepScope {
  needs: StepNeeds;
  insideEach: boolean;
}

/** A field of a step: what to say is expected when `holds` is false. */
export interface FieldRule {
  expected: string;
  holds(value: unknown, scope: StepScope): boolean;
}

function noteTexts(text: string, scope: StepScope): boolean {
  for (const name of placeholdersOf(text)) {
    if (name === itemName) {
      if (!scope.insideEach) return false;
    } else scope.needs.texts.add(name);
  }
  return true;
}

function amount(unit: string, holds: (value: unknown) => boolean, names: (needs: StepNeeds) => Set<string>): FieldRule {
  return {
    expected: `${unit}, or "{field}" for a field that holds it`,
    holds(value, { needs }) {
      if (!isText(value)) return holds(value);
      const name = soleName(value);
      if (name === undefined || name === itemName) return false;
      names(needs).add(name);
      return true;
    },
  };
}

const duration = amount('a number of milliseconds, 0 or more', isDuration, (needs) => needs.durations);
const size = amount('a whole number of bytes, 0 to 2^30', isSize, (needs) => needs.sizes);
const limitMs: FieldRule = { expected: 'a number of milliseconds, 0 or more', holds: isDuration };
const count: FieldRule = { expected: 'a whole number, 0 or more', holds: isCount };
const flag: FieldRule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' };
const phase: FieldRule = { expected: '"wait" or "disk"', holds: (value) => value === 'wait' || value === 'disk' };
const text: FieldRule = {
  expected: `a text ("{${itemName}}" stands only inside "each")`,
  holds: (value, scope) => isText(value) && noteTexts(value, scope),
};
const textList: FieldRule = {
  expected: `a list of texts ("{${itemName}}" stands only inside "each")`,
  holds: (value, scope) => isTexts(value) && value.every((entry) => noteTexts(entry, scope)),
};
const textOrList: FieldRule = {
  expected: 'a text or a list of texts that is not empty',
  holds: (value, scope) =>
    isText(value)
      ? text.holds(value, scope)
      : textList.holds(value, scope) && value !== undefined && (value as string[]).length > 0,
};

export interface StepRule {
  /** Kinds of structure that `in` may name; none where the step has no `in`. */
  on: readonly TraceStructure['kind'][];
  required: Readonly<Record<string, FieldRule>>;
  optional: Readonly<Record<string, FieldRule>>;
}

const dict = ['dict'] as const;
const queue = ['queue'] as const;
const entry = ['dict', 'value'] as const;

/** Every step there is. An `in` that may be missing (`each`) and the key of a dict's entry are looked at by the caller. */
export const stepRules: Readonly<Record<StepKind, StepRule>> = {
  wait: { on: [], required: { ms: duration }, optional: { phase } },
  cpu: { on: [], required: { ms: duration }, optional: {} },
  lock: { on: [], required: { key: textOrList }, optional: { timeoutMs: limitMs } },
  unlock: { on: [], required: {}, optional: {} },
  read: { on: entry, required: {}, optional: { key: text } },
  write: { on: entry, required: {}, optional: { key: text, bytes: size } },
  patch: { on: entry, required: {}, optional: { key: text, bytes: size } },
  'patch-many': { on: dict, required: {}, optional: { keys: textList, bytes: size, batch: flag } },
  delete: { on: dict, required: { key: text }, optional: {} },
  keys: { on: dict, required: {}, optional: {} },
  'read-all': { on: dict, required: {}, optional: {} },
  'write-many': { on: dict, required: { prefix: text, count }, optional: { bytes: size, batch: flag } },
  'replace-all': { on: dict, required: { prefix: text, count }, optional: { bytes: size } },
  clear: { on: dict, required: {}, optional: {} },
  put: { on: queue, required: {}, optional: { bytes: size } },
  take: { on: queue, required: {}, optional: { timeoutMs: limitMs } },
  each: { on: dict, required: {}, optional: { keys: textList, limit: count } },
};

export const stepKinds: readonly string[] = Object.keys(stepRules);

export function isStepKind(kind: string): kind is StepKind {
  return Object.hasOwn(stepRules, kind);
}

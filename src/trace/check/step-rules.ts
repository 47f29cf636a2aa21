import { httpSyntax } from '../../measure/http-syntax.js';
import type { StepCapability } from '../capability.js';
import type { StepKind, TraceStructure } from '../operation.js';
import { itemName, placeholdersOf, soleName } from '../placeholder.js';
import { isMinerDraw, isMinerLines } from './miners.js';
import { isBit, isCount, isDuration, isObject, isSequence, isSize, isText, isTexts, isTimer } from './value.js';

/** What steps ask of the operation that runs them. */
export interface StepNeeds {
  /** Fields that fill text. */
  texts: Set<string>;
  /** Fields that stand for milliseconds. */
  durations: Set<string>;
  /** Fields that stand for bytes. */
  sizes: Set<string>;
  /** Fields that stand for sequence numbers. */
  sequences: Set<string>;
  /** Fields that stand for 0 or 1. */
  bits: Set<string>;
  /** Whether a lock is taken. */
  locks: boolean;
  /** What a strategy has to be able to do. */
  capabilities: Set<StepCapability>;
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

/** What a field must hold where a placeholder stands for the whole of something that is no text. */
export const fieldForms = {
  durations: { expected: 'a number of milliseconds, 0 or more', holds: isDuration },
  sizes: { expected: 'a whole number of bytes, 0 to 2^30', holds: isSize },
  sequences: { expected: 'a whole number, 0 or more, or "unknown"', holds: isSequence },
  bits: { expected: '0 or 1', holds: isBit },
} as const;

export type FieldForm = keyof typeof fieldForms;

function amount(form: FieldForm): FieldRule {
  const { expected, holds } = fieldForms[form];
  return {
    expected: `${expected}, or "{field}" for a field that holds it`,
    holds(value, { needs }) {
      if (holds(value)) return true;
      const name = isText(value) ? soleName(value) : undefined;
      if (name === undefined || name === itemName) return false;
      needs[form].add(name);
      return true;
    },
  };
}

const duration = amount('durations');
const size = amount('sizes');
const sequence = amount('sequences');
const zeroOrOne = amount('bits');
/** Of time-outs: a timer that is given a longer time runs out at once. */
const timerMs: FieldRule = { expected: 'a number of milliseconds, 0 to 2^31 - 1', holds: isTimer };
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

const textOrNumber: FieldRule = {
  expected: 'a text or a number',
  holds: (value, scope) => (isText(value) ? noteTexts(value, scope) : Number.isFinite(value)),
};
const httpStatus: FieldRule = {
  expected: 'an HTTP status, 100 to 599',
  holds: (value) => isCount(value) && value >= 100 && value <= 599,
};
const request: FieldRule = {
  expected:
    '{"method"?: letters, "path": "/…" (a space is written %20), "headers"?: {name: text} that HTTP can carry, "body"?: text or JSON}',
  holds: (value, scope) => isObject(value) && isRequest(value, scope),
};

function isRequest({ method = 'POST', path, headers = {}, body }: Record<string, unknown>, scope: StepScope): boolean {
  const fits = isText(method) && httpSyntax.method.test(method) && isText(path) && httpSyntax.path.test(path);
  if (!fits || !isObject(headers) || !areHeaders(headers)) return false;
  if (body !== undefined && !isText(body) && (typeof body !== 'object' || body === null)) return false;
  return [path, ...Object.values(headers)].every((each) => noteTexts(each, scope)) && noteBody(body, scope);
}

function areHeaders(headers: Readonly<Record<string, unknown>>): headers is Readonly<Record<string, string>> {
  return Object.entries(headers).every(
    ([name, value]) => httpSyntax.headerName.test(name) && isText(value) && httpSyntax.headerValue.test(value),
  );
}

function noteBody(body: unknown, scope: StepScope): boolean {
  if (isText(body)) return noteTexts(body, scope);
  if (Array.isArray(body)) return body.every((each) => noteBody(each, scope));
  return !isObject(body) || Object.values(body).every((each) => noteBody(each, scope));
}

const cycleTimeout: FieldRule = {
  expected: 'a number of milliseconds, 1 to 2^31 - 1',
  holds: (value) => isTimer(value) && value >= 1,
};
const share: FieldRule = {
  expected: 'a share, above 0 and at most 1',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 1,
};
const miners: FieldRule = {
  expected:
    'a list of {"delayMs", "rows", "floats"?, "fails"?}, or {"count" up to 1,000,000, "delay": {"medianMs" above 0, "sigma" up to 100} or {"minMs", "maxMs"}, "rows", …}',
  holds: (value) => isMinerLines(value) || isMinerDraw(value),
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
  lock: { on: [], required: { key: textOrList }, optional: { timeoutMs: timerMs } },
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
  take: { on: queue, required: {}, optional: { timeoutMs: timerMs } },
  submit: {
    on: [],
    required: { account: text, epoch: textOrNumber, cid: text },
    optional: { tier: textOrNumber, seq: sequence, lagged: zeroOrOne, timeoutMs: timerMs, request, status: httpStatus },
  },
  forward: { on: [], required: { timeoutMs: cycleTimeout, miners }, optional: { payloadScale: share, seed: count } },
  each: { on: dict, required: {}, optional: { keys: textList, limit: count } },
};

export const stepKinds: readonly string[] = Object.keys(stepRules);

export function isStepKind(kind: string): kind is StepKind {
  return Object.hasOwn(stepRules, kind);
}

import { suggestion } from '../../measure/nearest-name.js';
import { capabilitiesNeeded } from '../capability.js';
import type { Step, TraceStructure } from '../operation.js';
import { isStepKind, type StepNeeds, type StepRule, type StepScope, stepKinds, stepRules } from './step-rules.js';
import { isObject, isText, type JsonObject, wrong } from './value.js';

export type Structures = ReadonlyMap<string, TraceStructure>;

/** What is wrong with some steps, or what they need of an operation. */
export type CheckedSteps = { problem: string } | { problem?: never; needs: StepNeeds };

/** Checks a list of steps as a template or an operation holds it. */
export function checkSteps(steps: unknown, structures: Structures): CheckedSteps {
  const needs: StepNeeds = {
    texts: new Set(),
    durations: new Set(),
    sizes: new Set(),
    sequences: new Set(),
    bits: new Set(),
    locks: false,
    capabilities: new Set(),
  };
  const problem = problemOfList(steps, structures, { needs, insideEach: false }, false, '');
  if (problem !== undefined) return { problem };
  capabilitiesNeeded(steps as Step[], needs.capabilities);
  return { needs };
}

/** `heldOutside`: a lock taken before an `each` is held while its steps run, and only the steps after it may release it. */
function problemOfList(
  steps: unknown,
  structures: Structures,
  scope: StepScope,
  heldOutside: boolean,
  prefix: string,
): string | undefined {
  if (!Array.isArray(steps)) return wrong('steps', steps, 'a list of steps');
  let held = false;
  for (const [index, step] of steps.entries()) {
    const place = `step ${prefix}${index + 1}`;
    if (!isObject(step)) return `${place} is not an object, expected {"do": …}`;
    const kind = step.do;
    if (!isText(kind) || !isStepKind(kind))
      return `${place}: ${wrong('do', kind, `a step (${isText(kind) ? suggestion(kind, stepKinds) : stepKinds.join(', ')})`)}`;
    const at = `${place} (${kind})`;
    const problem = problemOfStep(step, stepRules[kind], structures, scope);
    if (problem !== undefined) return `${at}: ${problem}`;
    if (kind === 'lock') {
      if (held || heldOutside)
        return `${at}: a lock is held already, expected "unlock" first, or all keys in one "lock"`;
      held = true;
      scope.needs.locks = true;
    } else if (kind === 'unlock') {
      if (!held)
        return `${at}: no lock is held here, expected a "lock" before it${heldOutside ? ' in the same "each"' : ''}`;
      held = false;
    } else if (kind === 'each') {
      const within = { needs: scope.needs, insideEach: true };
      const inner = problemOfList(step.steps, structures, within, held || heldOutside, `${prefix}${index + 1}.`);
      if (inner !== undefined) return inner;
    }
  }
  return held
    ? `the last "lock" is never released, expected an "unlock"${prefix === '' ? '' : ` inside the "each" of step ${prefix.slice(0, -1)}`}`
    : undefined;
}

function problemOfStep(step: JsonObject, rule: StepRule, structures: Structures, scope: StepScope): string | undefined {
  const structure = rule.on.length === 0 ? undefined : problemOfStructure(step, rule, structures);
  if (structure !== undefined) return structure;
  for (const [name, { expected, holds }] of Object.entries(rule.required))
    if (!holds(step[name], scope)) return wrong(name, step[name], expected);
  for (const [name, { expected, holds }] of Object.entries(rule.optional))
    if (step[name] !== undefined && !holds(step[name], scope)) return wrong(name, step[name], expected);
  return undefined;
}

function problemOfStructure(step: JsonObject, rule: StepRule, structures: Structures): string | undefined {
  const name = step.in;
  if (step.do === 'each') {
    if ((name === undefined) === (step.keys === undefined)) return 'expected either "in" or "keys", and not both';
    if (name === undefined) return undefined;
  }
  if (!isText(name)) return wrong('in', name, 'the name of a structure');
  const structure = structures.get(name);
  if (structure === undefined)
    return wrong('in', name, `a structure of the header (${suggestion(name, structures.keys())})`);
  if (!rule.on.includes(structure.kind))
    return `"${name}" is a ${structure.kind}, expected a ${rule.on.join(' or ')} for "${String(step.do)}"`;
  if (!rule.on.includes('value')) return undefined;
  if (structure.kind === 'value' && step.key !== undefined) return `"${name}" is a value, expected no "key"`;
  if (structure.kind === 'dict' && step.key === undefined)
    return wrong('key', undefined, `a key of the dict "${name}"`);
  return undefined;
}

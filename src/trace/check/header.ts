import type { Step, TraceHeader, TraceProcess, TraceStructure } from '../operation.js';
import { traceVersion } from '../operation.js';
import type { StepNeeds } from './step-rules.js';
import { checkSteps } from './steps.js';
import { isCount, isDuration, isObject, isSize, isText, isTexts, type JsonObject, wrong } from './value.js';

/** A header that holds, with its parts by name: maps, since names may be any strings (`__proto__`). */
export interface CheckedHeader {
  header: TraceHeader;
  structures: ReadonlyMap<string, TraceStructure>;
  processes: ReadonlyMap<string, TraceProcess>;
  templates: ReadonlyMap<string, { steps: Step[]; needs: StepNeeds }>;
}

/** Checks the first line of a trace. Answers with the problem in words where there is one. */
export function checkHeader(value: unknown): CheckedHeader | { problem: string } {
  const problem = problemOfFrame(value);
  if (problem !== undefined) return { problem };
  const header = value as TraceHeader;
  const structures = new Map(header.structures.map((structure) => [structure.name, structure]));
  const processes = new Map(header.processes.map((process) => [process.name, process]));
  const templates = new Map<string, { steps: Step[]; needs: StepNeeds }>();
  for (const [name, steps] of Object.entries(header.templates ?? {})) {
    const checked = checkSteps(steps, structures);
    if (checked.problem !== undefined) return { problem: `template "${name}": ${checked.problem}` };
    templates.set(name, { steps, needs: checked.needs });
  }
  return { header, structures, processes, templates };
}

function problemOfFrame(value: unknown): string | undefined {
  if (!isObject(value) || value.ipcbench !== 'trace')
    return `not a trace header, expected {"ipcbench": "trace", "version": ${traceVersion}, …} on the first line`;
  if (value.version !== traceVersion)
    return `${wrong('version', value.version, `${traceVersion}`)}: another version of ipcbench made this trace`;
  if (!isText(value.name) || value.name === '') return wrong('name', value.name, 'a text that is not empty');
  if (!isObject(value.provenance)) return wrong('provenance', value.provenance, '{"kind": …}');
  return (
    problemOfProvenance(value.provenance) ??
    problemOfOptions(value) ??
    problemOfNamed('structures', value.structures, problemOfStructure) ??
    problemOfNamed('processes', value.processes, problemOfProcess) ??
    (Array.isArray(value.processes) && value.processes.length > 0
      ? undefined
      : '"processes" is empty, expected one or more')
  );
}

function problemOfProvenance(provenance: JsonObject): string | undefined {
  switch (provenance.kind) {
    case 'generated':
      if (!isText(provenance.generator)) return wrong('provenance.generator', provenance.generator, 'a text');
      if (typeof provenance.seed !== 'number') return wrong('provenance.seed', provenance.seed, 'a number');
      return undefined;
    case 'imported':
      return isText(provenance.from) ? undefined : wrong('provenance.from', provenance.from, 'a text');
    case 'recorded':
      return undefined;
    default:
      return wrong('provenance.kind', provenance.kind, '"generated", "recorded" or "imported"');
  }
}

function problemOfOptions(header: JsonObject): string | undefined {
  const { primary, durationMs, operations, templates } = header;
  if (primary !== undefined && !isText(primary)) return wrong('primary', primary, 'the name of an operation');
  if (durationMs !== undefined && !isDuration(durationMs))
    return wrong('durationMs', durationMs, 'a number of milliseconds, 0 or more');
  if (operations !== undefined && !isCount(operations))
    return wrong('operations', operations, 'a whole number, 0 or more');
  if (templates !== undefined && !isObject(templates)) return wrong('templates', templates, '{"name": [steps]}');
  return undefined;
}

function problemOfNamed(
  field: string,
  list: unknown,
  problemOf: (entry: JsonObject) => string | undefined,
): string | undefined {
  if (!Array.isArray(list)) return wrong(field, list, 'a list');
  const names = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const place = `${field}[${index}]`;
    if (!isObject(entry)) return wrong(place, entry, '{"name": …}');
    if (!isText(entry.name) || entry.name === '') return wrong(`${place}.name`, entry.name, 'a text that is not empty');
    if (names.has(entry.name)) return wrong(`${place}.name`, entry.name, 'a name that is not taken yet');
    names.add(entry.name);
    const problem = problemOf(entry);
    if (problem !== undefined) return `${place} ("${entry.name}"): ${problem}`;
  }
  return undefined;
}

const kinds = ['dict', 'queue', 'value'];
const groups = ['position', 'ledger', 'general'];

function problemOfStructure({ kind, group, value, initial }: JsonObject): string | undefined {
  if (!isText(kind) || !kinds.includes(kind)) return wrong('kind', kind, '"dict", "queue" or "value"');
  if (!isText(group) || !groups.includes(group)) return wrong('group', group, '"position", "ledger" or "general"');
  if (value !== undefined) {
    if (!isObject(value)) return wrong('value', value, '{"bytes": …, "shape": …}');
    if (!isSize(value.bytes)) return wrong('value.bytes', value.bytes, 'a whole number of bytes, 0 to 2^30');
    if (value.shape !== 'nested' && value.shape !== 'bytes')
      return wrong('value.shape', value.shape, '"nested" or "bytes"');
  }
  return initial === undefined ? undefined : problemOfInitial(initial, kind);
}

function problemOfInitial(initial: unknown, kind: string): string | undefined {
  if (!isObject(initial)) return wrong('initial', initial, '{"keys": […]} or {"prefix": …, "count": …}');
  const { keys, prefix, count } = initial;
  if (keys !== undefined) {
    if (kind !== 'dict') return `"initial.keys" stands on a ${kind}, expected a dict, or "initial.count"`;
    if (count !== undefined) return '"initial" has "keys" and "count", expected one of them';
    if (!isTexts(keys)) return wrong('initial.keys', keys, 'a list of texts');
  } else if (!isCount(count)) return wrong('initial.count', count, 'a whole number, 0 or more');
  if (kind === 'value' && isCount(count) && count > 1) return wrong('initial.count', count, '0 or 1 for a value');
  if (prefix !== undefined && (!isText(prefix) || kind !== 'dict'))
    return wrong('initial.prefix', prefix, 'a text, on a dict');
  return undefined;
}

function problemOfProcess({ loop }: JsonObject): string | undefined {
  if (loop === undefined) return undefined;
  if (!isObject(loop)) return wrong('loop', loop, '{"pauseMs": …}');
  if (!isDuration(loop.pauseMs)) return wrong('loop.pauseMs', loop.pauseMs, 'a number of milliseconds, 0 or more');
  if (loop.repeat !== undefined && typeof loop.repeat !== 'boolean')
    return wrong('loop.repeat', loop.repeat, 'true or false');
  return undefined;
}

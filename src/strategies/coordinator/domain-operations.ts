import { IpcbenchError } from '../../errors.js';
import { applyPatch, isFields } from '../state/patched.js';
import type { Fields, Patch, Value } from '../strategy.js';
import { list, text, value } from './arguments.js';
import type { OperationTable } from './caller.js';
import { operationCodes as codes } from './operation-codes.js';
import type { Structures } from './structures.js';

/** Methods that run beside the data: what crosses is the change, not the value. */
export function domainOperations(structures: Structures): OperationTable {
  return {
    /** (dict, key, field) → that field of the value, or undefined */
    [codes.getField]: (_, given) => {
      const found = structures.dict(text(given, 0)).get(text(given, 1));
      return isFields(found) && Object.hasOwn(found, text(given, 2)) ? found[text(given, 2)] : undefined;
    },
    /** (dict, key, patch) → the sums of what was added */
    [codes.patch]: (_, given) => patch(structures.dict(text(given, 0)), given.slice(1)),
    /** (dict, [[key, patch] …]) → the sums of each */
    [codes.patchMany]: (_, given) => {
      const dict = structures.dict(text(given, 0));
      return list(given, 1).map((item) => patch(dict, item as unknown[]));
    },
    /** (dict, [[key, value] …]): these become the whole content */
    [codes.replaceAll]: (_, given) => {
      const entries = list(given, 1).map((entry): [string, Value] => [
        text(entry as unknown[], 0),
        value(entry as unknown[], 1),
      ]);
      const dict = structures.dict(text(given, 0));
      dict.clear();
      for (const [key, content] of entries) dict.set(key, content);
      return null;
    },
    /** (dict, key, field, item) → length: appends to a list in a field, such as an order to a position */
    [codes.append]: (_, given) =>
      append(fieldsOf(structures.dict(text(given, 0)), text(given, 1)), text(given, 2), value(given, 3)),
  };
}

function patch(dict: Map<string, Value>, given: readonly unknown[]): Record<string, number> {
  const change = value(given, 1);
  if (!isFields(change)) throw new IpcbenchError('PROTOCOL', 'a patch has the form { set?, add? }');
  return applyPatch(fieldsOf(dict, text(given, 0)), change as Patch);
}

/** The object stored under a key, to be changed in place; made if there is none. */
function fieldsOf(dict: Map<string, Value>, key: string): Fields {
  const found = dict.get(key);
  if (isFields(found)) return found;
  const fresh: Fields = {};
  dict.set(key, fresh);
  return fresh;
}

function append(fields: Fields, field: string, item: Value): number {
  const found = fields[field];
  if (Array.isArray(found)) return found.push(item);
  fields[field] = [item];
  return 1;
}

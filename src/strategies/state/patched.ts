import type { Fields, Meter, Patch, State, Value } from '../strategy.js';

/** Changes an object in place; returns the fields that were added to, after adding. */
export function applyPatch(fields: Fields, patch: Patch): Record<string, number> {
  Object.assign(fields, patch.set);
  const added: Record<string, number> = {};
  for (const [field, amount] of Object.entries(patch.add ?? {})) {
    const sum = (typeof fields[field] === 'number' ? fields[field] : 0) + amount;
    fields[field] = sum;
    added[field] = sum;
  }
  return added;
}

/** The same on a copy. A value that is no object counts as `{}`. */
export function patched(before: Value | undefined, patch: Patch): { after: Fields; added: Record<string, number> } {
  const after: Fields = isFields(before) ? { ...before } : {};
  return { added: applyPatch(after, patch), after };
}

/** Patches one value by reading all of it and writing all of it back; what another writes in between is lost unless both hold one lock. */
export async function patchWhole(
  state: Pick<State, 'get' | 'set'>,
  structure: string,
  key: string,
  patch: Patch,
  meter: Meter,
): Promise<Record<string, number>> {
  const { after, added } = patched(await state.get(structure, key, meter), patch);
  await state.set(structure, key, after, meter);
  return added;
}

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

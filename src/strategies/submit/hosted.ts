import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveReference, type StrategyReference } from '../index.js';
import type { CoordinatorContext, Session, StructureDeclaration } from '../strategy.js';

/** How servers reach a strategy that is hosted for them. */
export interface Hosted {
  reference: StrategyReference;
  addresses: Record<string, string>;
  directory: string;
}

/** Opens a session of the strategy that `file` in the round's folder tells of. */
export async function openHosted(
  file: string,
  { name, directory: shared, secret }: CoordinatorContext,
  structures: StructureDeclaration[],
): Promise<Session> {
  const { reference, addresses, directory } = JSON.parse(await readFile(join(shared, file), 'utf8')) as Hosted;
  const { strategy, options } = await resolveReference(reference);
  return strategy.connect({ options, process: name, addresses, directory, secret, structures });
}

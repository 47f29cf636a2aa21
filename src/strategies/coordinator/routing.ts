import { createHash } from 'node:crypto';
import type { StructureDeclaration } from '../strategy.js';

/** Options of strategies that spread structures over several managers. */
export const routingOptions = {
  managers: { type: 'integer', default: 3, min: 1, max: 16, describe: 'number of coordinators' },
  routing: {
    type: 'choice',
    default: 'group',
    choices: ['group', 'hash'],
    describe:
      "which coordinator keeps a structure: by its group (positions and locks, ledgers, the rest) or by its name's hash",
  },
} as const;

export interface Routing {
  managers: number;
  routing: 'group' | 'hash';
}

/** Groups in the order in which they get a manager of their own; fewer managers share the last. */
const groups = ['position', 'ledger', 'general'] as const;

/** Why these options contradict each other; undefined when they don't. */
export function routingContradiction({ managers, routing }: Routing): string | undefined {
  if (routing === 'hash' || managers <= groups.length) return undefined;
  return `routing=group has ${groups.length} groups for managers=${managers}; use at most ${groups.length}, or routing=hash`;
}

/** Names of the managers; the first also keeps the locks. */
export function managerNames({ managers, routing }: Routing): string[] {
  if (routing === 'group' && managers === groups.length) return ['positions', 'ledgers', 'general'];
  return Array.from({ length: managers }, (_, index) => `manager-${index + 1}`);
}

/** Says which manager keeps a structure; undeclared ones count as general. */
export function routeTo(routing: Routing, structures: readonly StructureDeclaration[]): (structure: string) => string {
  const names = managerNames(routing);
  const declared = new Map(structures.map(({ name, group }) => [name, groups.indexOf(group)]));
  const indexOf = (structure: string): number =>
    routing.routing === 'hash'
      ? createHash('sha256').update(structure).digest().readUIntBE(0, 6) % names.length
      : Math.min(declared.get(structure) ?? groups.length - 1, names.length - 1);
  const known = new Map<string, string>();
  return (structure) => {
    const name = known.get(structure) ?? names[indexOf(structure)] ?? '';
    known.set(structure, name);
    return name;
  };
}

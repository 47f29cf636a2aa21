import { IpcbenchError } from '../../errors.js';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** @throws IpcbenchError `FILE`, always */
export function refuse(source: string, what: string): never {
  throw new IpcbenchError(
    'FILE',
    `${source}: ${what}; expected a .cpuprofile, a speedscope file, collapsed stacks or the text of perf script`,
  );
}

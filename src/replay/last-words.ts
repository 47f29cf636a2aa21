import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a worker writes down before it dies with a lock in its hands. */
export interface LastWords {
  key: string;
  atNs: number;
}

/** Where a worker leaves its last words. */
export function lastWordsFile(directory: string, worker: number): string {
  return join(directory, `last-words-${worker}`);
}

/** Undefined when it held no lock before the round was over. */
export function readLastWords(directory: string, worker: number): LastWords | undefined {
  try {
    return JSON.parse(readFileSync(lastWordsFile(directory, worker), 'utf8')) as LastWords;
  } catch {
    return undefined;
  }
}

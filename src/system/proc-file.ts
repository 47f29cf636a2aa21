import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { systemCodeOf } from '../errors.js';

/** What the kernel answers for a file of a process or thread that has gone. */
const goneCodes = new Set(['ENOENT', 'ESRCH']);

/** Why something of a process could not be read. */
export type Unreadable = 'gone' | 'denied' | 'absent';

/**
 * A file under /proc whose descriptor is kept: reading again costs 2 µs instead of 17 µs for opening it anew, and a kept descriptor
 * belongs to the very process (or thread) it was opened for, so a reused pid reads as gone (proc(5)).
 */
export class KeptFile {
  #descriptor: number | undefined;
  #buffer = Buffer.allocUnsafe(1024);

  /** @throws Error (ENOENT, EACCES, EMFILE …) when it cannot be opened */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
  }

  /** Its content from the start, at most 1 KB; undefined once its process has gone or it was closed. */
  read(): string | undefined {
    if (this.#descriptor === undefined) return undefined;
    try {
      const bytes = readSync(this.#descriptor, this.#buffer, 0, this.#buffer.length, 0);
      return bytes === 0 ? undefined : this.#buffer.toString('latin1', 0, bytes);
    } catch (error) {
      if (!goneCodes.has(systemCodeOf(error) ?? '')) throw error;
      this.close();
      return undefined;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** A whole file as text; undefined when it isn't there, its process has gone, or it may not be read. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** Whether an error means that a file of a process is gone, absent or denied, rather than that something is broken. */
export function isUnreadable(error: unknown): boolean {
  const code = systemCodeOf(error) ?? '';
  return goneCodes.has(code) || code === 'EACCES' || code === 'EPERM' || code === 'EINVAL' || code === 'ENOTDIR';
}

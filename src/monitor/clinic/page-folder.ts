import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { IpcbenchError, messageOf } from '../../errors.js';

/** The folder that pages are written into. */
export interface PageFolder {
  readonly path: string;
  /** Makes a folder inside, for recordings that are to be kept. */
  keep(name: string): string;
  /** Removes it again where it is empty and was made by {@link openPageFolder}. */
  close(): void;
}

/** @throws IpcbenchError `FILE` when it is not there and cannot be made */
export function openPageFolder(path: string): PageFolder {
  const made = make(path);
  return {
    path,
    keep: (name) => mkdtempSync(join(path, `${name}-`)),
    close: () => {
      if (made === undefined) return;
      try {
        rmdirSync(path);
      } catch {
        // It has pages in it.
      }
    },
  };
}

/** The first folder that was made, if any. */
function make(path: string): string | undefined {
  try {
    return mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new IpcbenchError('FILE', `${path}: pages cannot be written there: ${messageOf(error)}`);
  }
}

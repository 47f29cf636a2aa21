import { accessSync, constants, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
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

/** @throws IpcbenchError `FILE` when it is not there and cannot be made, or cannot be written */
export function openPageFolder(path: string): PageFolder {
  const made = make(path);
  return {
    path,
    keep: (name) => mkdtempSync(join(path, `${name}-`)),
    close: () => {
      if (!made) return;
      try {
        rmdirSync(path);
      } catch {
        // It has pages in it.
      }
    },
  };
}

/** Whether it had to be made. Not its parents: Node tries for ever to make those of a folder in /proc. */
function make(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(path);
    else if (!found.isDirectory()) throw new Error('it is no folder');
    accessSync(path, constants.W_OK | constants.X_OK);
    return found === undefined;
  } catch (error) {
    throw new IpcbenchError('FILE', `${path}: pages cannot be written there: ${messageOf(error)}`);
  }
}

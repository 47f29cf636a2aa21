import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { openLibc } from '../../system/libc.js';
import { bindFlock } from './libc-flock.js';

/** Why lock files cannot be kept in `directory`, with what to do about it; undefined when they can. Leaves nothing there. */
export async function directoryFault(directory: string): Promise<string | undefined> {
  const flock = bindFlock(await openLibc());
  const path = join(directory, `.ipcbench-probe-${randomUUID()}`);
  try {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      unlinkSync(path);
      flock.tryLock(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return undefined;
  } catch (error) {
    return `lock files cannot be kept in directory=${directory} (${messageOf(error)}): name an existing directory that you may write to, or leave the option out`;
  }
}

/** File systems whose files this machine alone sees. Source: statfs(2), <linux/magic.h> */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x5846_5342, // xfs
  0x9123_683e, // btrfs
  0x0102_1994, // tmpfs
  0x794c_7630, // overlayfs
  0x2fc1_2fc1, // zfs
  0xf2f5_2010, // f2fs
]);

/**
 * Whether lock files may be removed while others may want them: only where a process sees at once that its open file has lost its name.
 * A network file system may say so a minute late.
 */
export async function removesSafely(directory: string): Promise<boolean> {
  return LOCAL_TYPES.has(Number((await statfs(directory)).type));
}

import { readlinkSync } from 'node:fs';

/** Whether a process lives in another namespace than this one; as good as the same where that may not be read. */
export function isElsewhere(pid: number, namespace: 'net' | 'pid'): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/${namespace}`) !== readlinkSync(`/proc/self/ns/${namespace}`);
  } catch {
    return false;
  }
}

import { readKernelConstants } from './kernel-constants.js';
import { readProc } from './proc-file.js';

const { pageBytes } = readKernelConstants();

/**
 * Bytes of memory that this process and those it has started reside in; what they share counts once for each. 0 where nothing can be read:
 * a process that has used up its file descriptors still has other figures to tell.
 */
export function residentBytes(): number {
  try {
    const children = (readProc(`/proc/self/task/${process.pid}/children`) ?? '').split(' ').filter(Boolean);
    const others = children.map((pid) => pagesOf(readProc(`/proc/${pid}/statm`)) * pageBytes);
    return others.reduce((sum, bytes) => sum + bytes, process.memoryUsage.rss());
  } catch {
    return 0;
  }
}

/** Source: proc_pid_statm(5): the second figure is the resident set. */
function pagesOf(statm: string | undefined): number {
  return Number(statm?.split(' ')[1] ?? 0);
}

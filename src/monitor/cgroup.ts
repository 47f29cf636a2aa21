import { dirname, join } from 'node:path';
import { readProc } from '../system/proc-file.js';

/** The tightest CPU limit on a process' control group or one above it, and how often it took effect: cgroups(7). */
export interface CgroupCpu {
  /** Cores' worth of time that it may use; undefined when there is no limit. */
  limitCores: number | undefined;
  /** Time in which runnable threads were held back by the limit, so far, summed over cores. */
  throttledNs: number;
  /** Accounting periods so far in which that happened. */
  throttledPeriods: number;
}

/** Undefined where no control group with a CPU controller can be read. `pid` may be `self`. */
export function readCgroupCpu(pid: number | 'self'): CgroupCpu | undefined {
  const folder = cgroupFolder(pid);
  if (folder === undefined) return undefined;
  let tightest: CgroupCpu | undefined;
  for (let path = folder.path; ; path = dirname(path)) {
    const found = folder.version === 2 ? readVersion2(path) : readVersion1(path);
    if (found !== undefined && (tightest === undefined || isTighter(found, tightest))) tightest = found;
    if (path.length <= folder.root.length) return tightest;
  }
}

function isTighter(a: CgroupCpu, b: CgroupCpu): boolean {
  return (a.limitCores ?? Number.POSITIVE_INFINITY) < (b.limitCores ?? Number.POSITIVE_INFINITY);
}

interface CgroupFolder {
  version: 1 | 2;
  root: string;
  path: string;
}

function cgroupFolder(pid: number | 'self'): CgroupFolder | undefined {
  const mounts = parseMounts(readProc('/proc/self/mountinfo') ?? '');
  for (const line of (readProc(`/proc/${pid}/cgroup`) ?? '').split('\n')) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, hierarchy, controllers = '', path = '/'] = match;
    const version = hierarchy === '0' ? 2 : controllers.split(',').includes('cpu') ? 1 : undefined;
    const mount = mounts.find((candidate) => candidate.version === version);
    if (mount === undefined) continue;
    const relative = path.startsWith(mount.top) ? path.slice(mount.top.length) : path;
    const folder: CgroupFolder = { version: mount.version, root: mount.at, path: join(mount.at, relative) };
    if (version === 1 || readProc(join(folder.path, 'cpu.stat')) !== undefined) return folder;
  }
  return undefined;
}

/** The mount points of the CPU controller, with the group that shows at the top of each: proc_pid_mountinfo(5). */
function parseMounts(text: string): { version: 1 | 2; at: string; top: string }[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , top = '/', at = ''] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    const version = type === 'cgroup2' ? 2 : type === 'cgroup' && options.split(',').includes('cpu') ? 1 : undefined;
    return version === undefined ? [] : [{ version, at, top: top === '/' ? '' : top } as const];
  });
}

function readVersion2(folder: string): CgroupCpu | undefined {
  const stat = readProc(join(folder, 'cpu.stat'));
  if (stat === undefined) return undefined;
  const [quota, period] = (readProc(join(folder, 'cpu.max')) ?? 'max 100000').split(' ');
  return {
    limitCores: quota === 'max' ? undefined : Number(quota) / Number(period),
    throttledNs: fieldOf(stat, 'throttled_usec') * 1000,
    throttledPeriods: fieldOf(stat, 'nr_throttled'),
  };
}

function readVersion1(folder: string): CgroupCpu | undefined {
  const stat = readProc(join(folder, 'cpu.stat'));
  if (stat === undefined) return undefined;
  const quotaUs = Number(readProc(join(folder, 'cpu.cfs_quota_us')) ?? -1);
  const periodUs = Number(readProc(join(folder, 'cpu.cfs_period_us')) ?? 100_000);
  return {
    limitCores: quotaUs > 0 ? quotaUs / periodUs : undefined,
    throttledNs: fieldOf(stat, 'throttled_time'),
    throttledPeriods: fieldOf(stat, 'nr_throttled'),
  };
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

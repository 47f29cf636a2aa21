import { readKernelConstants } from '../../system/kernel-constants.js';
import { readProc } from '../../system/proc-file.js';
import { readProcessStat } from '../../system/process-stat.js';
import type { RedisLink } from '../locks/redis-link.js';

/** Seconds by which two tellings of a process' age may differ: each is in whole seconds, and some time lies between them. */
const ageToleranceSeconds = 3;

/**
 * The process of a Redis that somebody else runs, if it can be told for certain: by the number it knows itself by, which is another's
 * where it lives in a container or on another machine, so that name and age have to agree.
 * @returns undefined where it cannot be told, or Redis does not say
 */
export async function pidOfStranger(link: RedisLink): Promise<number | undefined> {
  const told = String(await link.command('INFO', ['server']).catch(() => ''));
  const [pid, ageSeconds] = [numberIn(told, 'process_id'), numberIn(told, 'uptime_in_seconds')];
  if (pid === undefined || ageSeconds === undefined) return undefined;
  const seen = processOf(pid);
  if (seen === undefined || !/^(redis|valkey|keydb)-/.test(seen.name)) return undefined;
  return Math.abs(seen.ageSeconds - ageSeconds) <= ageToleranceSeconds ? pid : undefined;
}

function numberIn(info: string, field: string): number | undefined {
  const found = new RegExp(`^${field}:(\\d+)\\r?$`, 'm').exec(info)?.[1];
  return found === undefined ? undefined : Number(found);
}

function processOf(pid: number): { name: string; ageSeconds: number } | undefined {
  const [stat, up] = [readProcessStat(pid), readProc('/proc/uptime')];
  if (stat === undefined || up === undefined) return undefined;
  const startedSeconds = (stat.startTicks * readKernelConstants().tickNs) / 1e9;
  return { name: stat.name, ageSeconds: Number.parseFloat(up) - startedSeconds };
}

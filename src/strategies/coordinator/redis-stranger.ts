import { readFileSync } from 'node:fs';
import type { RedisLink } from '../locks/redis-link.js';

/** Seconds by which two tellings of a process' age may differ: each is in whole seconds, and some time lies between them. */
const ageTolerance = 3;
/** Of times in /proc: sysconf(_SC_CLK_TCK), 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

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
  return Math.abs(seen.ageSeconds - ageSeconds) <= ageTolerance ? pid : undefined;
}

function numberIn(info: string, field: string): number | undefined {
  const found = new RegExp(`^${field}:(\\d+)\\r?$`, 'm').exec(info)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Source: proc_pid_stat(5): name in the last pair of brackets, start time as the 22nd field. */
function processOf(pid: number): { name: string; ageSeconds: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const nameEnd = stat.lastIndexOf(')');
    const startTicks = Number(stat.slice(nameEnd + 2).split(' ')[19]);
    const upSeconds = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    return {
      name: stat.slice(stat.indexOf('(') + 1, nameEnd),
      ageSeconds: upSeconds - startTicks / ticksPerSecond,
    };
  } catch {
    return undefined;
  }
}

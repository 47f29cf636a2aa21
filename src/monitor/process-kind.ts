import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Listener, ProcessKind } from '../measure/profile.js';
import type { ProcessIdentity } from './process-identity.js';

/** Tells what a process is, by its executable, its name and its arguments; `listeners` show a multiprocessing manager. */
export function kindOf(identity: ProcessIdentity, listeners: readonly Listener[] | undefined): ProcessKind {
  const { stat, args } = identity;
  if (stat.pid === 2 || stat.parentPid === 2)
    return { name: 'kernel', runtime: 'threads', because: 'it is a thread of the kernel' };
  const executable = executableOf(identity.pid);
  const name = executable === undefined ? basename(args[0] ?? stat.name) : basename(executable);
  const because =
    executable === undefined ? `it calls itself ${name} (its executable may not be read)` : `its executable is ${name}`;
  // Debian's redis-server is a link to redis-check-rdb, which looks at the name that it was called by.
  if (isRedis(name) || (name.startsWith('redis-') && (isRedis(stat.name) || isRedis(basename(args[0] ?? '')))))
    return { name: 'redis-server', runtime: 'threads', because };
  if (/^(node|nodejs)(\.\w+|\d+)?$/.test(name)) return { name: 'node', runtime: 'threads', because };
  const python = /^(?:python|pypy)[\d.]*(t?)$/.exec(name);
  if (python === null) return { name: 'other', runtime: 'threads', because };
  if (python[1] === 't')
    return { name: 'python', runtime: 'threads', because: `${because}, built without the interpreter lock` };
  const manager = managerOf(args, listeners);
  return { name: 'python', runtime: 'interpreter-lock', because, ...(manager === undefined ? {} : { manager }) };
}

function isRedis(name: string): boolean {
  return /^(redis|valkey|keydb)-server$/.test(name);
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}

/**
 * CPython gives a manager without an address of its own a socket named `listener-…` in a folder `pymp-…` (multiprocessing/connection.py,
 * `arbitrary_address`); the fork server has such a socket too, so it is told apart by its arguments.
 */
function managerOf(args: readonly string[], listeners: readonly Listener[] | undefined): ProcessKind['manager'] {
  const code = args.join(' ');
  if (code.includes('multiprocessing.forkserver') || code.includes('multiprocessing.resource_tracker'))
    return undefined;
  const socket = listeners?.find((listener) => /\/pymp-[^/]+\/listener-[^/]+$/.test(listener.address));
  const spawned = code.includes('multiprocessing.spawn') || code.includes('--multiprocessing-fork');
  if (socket !== undefined)
    return { certainty: spawned ? 'certain' : 'likely', because: `it listens on ${socket.address}` };
  if (spawned && listeners !== undefined && listeners.length > 0)
    return { certainty: 'likely', because: `multiprocessing started it and it listens on ${listeners[0]?.address}` };
  return undefined;
}

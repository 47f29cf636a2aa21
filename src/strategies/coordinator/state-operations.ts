import type { Value } from '../strategy.js';
import { list, number, text, value } from './arguments.js';
import type { Caller, later, OperationTable } from './caller.js';
import type { LockObjects } from './lock-operations.js';
import { operationCodes as codes } from './operation-codes.js';
import type { ServerQueue } from './server-queue.js';
import type { Structures } from './structures.js';

/** What a managed dict of CPython offers: no more. */
export function dictOperations(structures: Structures, locks: LockObjects): OperationTable {
  return {
    /** (dict, key) → whether it is there */
    [codes.contains]: (_, given) => structures.dict(text(given, 0)).has(text(given, 1)),
    /** (dict, key) → value or undefined */
    [codes.get]: (_, given) => structures.dict(text(given, 0)).get(text(given, 1)),
    /** (dict, key, value) */
    [codes.set]: (_, given) => {
      structures.dict(text(given, 0)).set(text(given, 1), value(given, 2));
      return null;
    },
    /** (dict, key) → whether it was there */
    [codes.delete]: (_, given) => structures.dict(text(given, 0)).delete(text(given, 1)),
    /** (dict) → keys */
    [codes.keys]: (_, given) => [...structures.dict(text(given, 0)).keys()],
    /** (dict) → [key, value] of each entry */
    [codes.copy]: (_, given) => [...structures.dict(text(given, 0))],
    /** (dict, [[key, value] …]) */
    [codes.update]: (_, given) => {
      const dict = structures.dict(text(given, 0));
      for (const entry of list(given, 1)) dict.set(text(entry as unknown[], 0), value(entry as unknown[], 1));
      return null;
    },
    /** (dict) */
    [codes.clear]: (_, given) => {
      structures.dict(text(given, 0)).clear();
      return null;
    },
    /** (dict, key, lock id): puts a lock into a dict, whatever was there */
    [codes.storeLock]: (_, given) => {
      locks.pin(text(given, 2));
      structures.dict(text(given, 0)).set(text(given, 1), text(given, 2));
      return null;
    },
    /** (dict, key) → [lock id, whether it was made just now]: looks up or makes in one step */
    [codes.obtainLock]: (_, given) => {
      const dict = structures.dict(text(given, 0));
      const found = dict.get(text(given, 1));
      if (typeof found === 'string') return [found, false];
      const id = locks.create();
      locks.pin(id);
      dict.set(text(given, 1), id);
      return [id, true];
    },
  };
}

export function queueOperations(structures: Structures): OperationTable {
  return {
    /** (queue, value) */
    [codes.put]: (_, given) => {
      structures.queue(text(given, 0)).put(value(given, 1));
      return null;
    },
    /** (queue, timeoutMs) → oldest value, or undefined when the time was out */
    [codes.take]: (caller, given) => take(structures.queue(text(given, 0)), caller, number(given, 1)),
  };
}

function take(queue: ServerQueue, caller: Caller, timeoutMs: number): Value | undefined | typeof later {
  const item = queue.take();
  if (item !== undefined) {
    caller.undoable(() => queue.giveBack(item));
    return item;
  }
  if (timeoutMs <= 0) return undefined;
  const taker = (taken: Value): void => {
    clearTimeout(timer);
    caller.reply(taken);
    caller.undoable(() => queue.giveBack(taken));
  };
  const timer = setTimeout(() => {
    queue.stopWaiting(taker);
    caller.reply(undefined);
  }, timeoutMs);
  queue.wait(taker);
  return caller.putOff(() => {
    clearTimeout(timer);
    queue.stopWaiting(taker);
  });
}

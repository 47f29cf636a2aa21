import type { Value } from '../strategy.js';
import { number, text, texts } from './arguments.js';
import type { Caller, Handler, OperationTable } from './caller.js';
import { operationCodes as codes } from './operation-codes.js';
import type { ServerSession } from './server-session.js';

/** What changed: a structure, and keys in it. */
type Change = [structure: string, keys: string[]];

/** A change on its way to everybody who may have a copy. */
interface Announcement {
  change: Change;
  missing: Set<Subscriber>;
  complete(): void;
}

/** A client that keeps copies and hears of changes by asking again and again. */
class Subscriber {
  readonly #expire: () => void;
  #pending: Announcement[] = [];
  /** Handed over, but not known to be heeded until the client asks again. */
  #delivered: Announcement[] = [];
  #answer: ((changes: Change[]) => void) | undefined;
  #lease: NodeJS.Timeout | undefined;

  constructor(expire: () => void) {
    this.#expire = expire;
  }

  /** The client asks: what it was told before it has heeded. */
  heard(leaseMs: number): void {
    clearTimeout(this.#lease);
    this.#lease = setTimeout(this.#expire, leaseMs);
    this.#acknowledge(this.#delivered);
    this.#delivered = [];
  }

  announce(announcement: Announcement): void {
    this.#pending.push(announcement);
    this.#answer?.(this.deliver());
  }

  deliver(): Change[] {
    this.#answer = undefined;
    this.#delivered = this.#pending;
    this.#pending = [];
    return this.#delivered.map(({ change }) => change);
  }

  wait(answer: (changes: Change[]) => void): void {
    this.#answer = answer;
  }

  stopWaiting(): void {
    this.#answer = undefined;
  }

  /** Its copies are no longer trusted, by it or by us: nobody needs to wait for it. */
  leave(): void {
    clearTimeout(this.#lease);
    this.#acknowledge([...this.#delivered, ...this.#pending]);
  }

  #acknowledge(announcements: readonly Announcement[]): void {
    for (const { missing, complete } of announcements) {
      missing.delete(this);
      if (missing.size === 0) complete();
    }
  }
}

/**
 * Tells clients which of their copies are out of date: only those that have one (a directory of copies), and with leases (Gray and
 * Cheriton, SOSP 1989). A client that has not asked for the length of its lease is dropped; by then it has stopped trusting its
 * copies by its own clock.
 */
export class InvalidationHub {
  readonly #subscribers = new Map<ServerSession, Subscriber>();
  /** Who has a copy, by structure and key. */
  readonly #copies = new Map<string, Map<string, Set<Subscriber>>>();

  /** Undefined when the client is new: whatever copies it has are worthless. */
  heard(session: ServerSession, leaseMs: number): Subscriber | undefined {
    const known = this.#subscribers.get(session);
    const subscriber = known ?? new Subscriber(() => this.#drop(session));
    if (known === undefined) {
      this.#subscribers.set(session, subscriber);
      session.farewells.add(() => this.#drop(session));
    }
    subscriber.heard(leaseMs);
    return known;
  }

  /** Notes that a client is about to make a copy. False when it isn't listening, so that it must not keep one. */
  watch(session: ServerSession, structure: string, key: string): boolean {
    const subscriber = this.#subscribers.get(session);
    if (subscriber === undefined) return false;
    const byKey = this.#copies.get(structure) ?? new Map<string, Set<Subscriber>>();
    this.#copies.set(structure, byKey);
    const holders = byKey.get(key) ?? new Set();
    byKey.set(key, holders.add(subscriber));
    return true;
  }

  /** True when nobody else has a copy; otherwise `complete` is called once everybody who has one has heeded. */
  announce(session: ServerSession, structure: string, keys: readonly string[], complete: () => void): boolean {
    const own = this.#subscribers.get(session);
    const byHolder = new Map<Subscriber, string[]>();
    for (const key of keys) {
      for (const holder of this.#copies.get(structure)?.get(key) ?? []) {
        if (holder !== own) byHolder.set(holder, [...(byHolder.get(holder) ?? []), key]);
      }
      this.#copies.get(structure)?.delete(key);
    }
    const missing = new Set(byHolder.keys());
    for (const [holder, stale] of byHolder) holder.announce({ change: [structure, stale], missing, complete });
    return missing.size === 0;
  }

  #drop(session: ServerSession): void {
    const subscriber = this.#subscribers.get(session);
    if (subscriber === undefined) return;
    this.#subscribers.delete(session);
    for (const byKey of this.#copies.values()) {
      for (const [key, holders] of byKey) if (holders.delete(subscriber) && holders.size === 0) byKey.delete(key);
    }
    subscriber.leave();
  }
}

export function invalidationOperations(hub: InvalidationHub): OperationTable {
  return {
    /** (leaseMs, waitMs) → [whether all copies are worthless, [[structure, keys] …]] */
    [codes.pollInvalidations]: (caller, given) => poll(hub, caller, number(given, 0), number(given, 1)),
    /** (structure, key) → whether the client may keep a copy that it reads from now on */
    [codes.watch]: (caller, given) => hub.watch(caller.session, text(given, 0), text(given, 1)),
    /** (structure, keys, whether to wait until everybody has heeded, keys to keep a copy of) → whether the client may keep them */
    [codes.invalidate]: invalidate(hub),
  };
}

function poll(hub: InvalidationHub, caller: Caller, leaseMs: number, waitMs: number) {
  const subscriber = hub.heard(caller.session, leaseMs);
  if (subscriber === undefined) return answer(true, []);
  const changes = subscriber.deliver();
  if (changes.length > 0 || waitMs <= 0) return answer(false, changes);
  const timer = setTimeout(() => {
    subscriber.stopWaiting();
    caller.reply(answer(false, []));
  }, waitMs);
  subscriber.wait((later) => {
    clearTimeout(timer);
    caller.reply(answer(false, later));
  });
  return caller.putOff(() => {
    clearTimeout(timer);
    subscriber.stopWaiting();
  });
}

const answer = (reset: boolean, changes: Change[]): Value => [reset, changes];

function invalidate(hub: InvalidationHub): Handler {
  return (caller, given) => {
    const structure = text(given, 0);
    const keys = texts(given, 1);
    const kept = texts(given, 3);
    const wait = given[2] === true;
    let mayKeep = false;
    let replied = false;
    const reply = (): void => {
      if (!replied) caller.reply(mayKeep);
      replied = true;
    };
    const nobody = hub.announce(caller.session, structure, keys, () => wait && reply());
    for (const key of kept) mayKeep = hub.watch(caller.session, structure, key);
    if (nobody || !wait) return mayKeep;
    return caller.putOff(() => {
      replied = true;
    });
  };
}

/** What a client that is gone can no longer give back itself. */
export interface Held {
  release(): unknown;
}

/** A client process as the coordinator sees it: all its connections together. */
export interface ServerSession {
  readonly name: string;
  connections: number;
  /** Locks granted to it and not released yet. */
  readonly held: Set<Held>;
  /** Run when its last connection has closed. */
  readonly farewells: Set<() => void>;
}

/** What becomes of the locks of a client that is gone: CPython's manager holds them for ever. */
export type Orphans = 'hold' | 'release';

/** The clients that have a connection. */
export class SessionRegistry {
  readonly #orphans: Orphans;
  readonly #sessions = new Map<string, ServerSession>();

  constructor(orphans: Orphans) {
    this.#orphans = orphans;
  }

  get size(): number {
    return this.#sessions.size;
  }

  join(name: string): ServerSession {
    const session = this.#sessions.get(name) ?? { name, connections: 0, held: new Set(), farewells: new Set() };
    this.#sessions.set(name, session);
    session.connections++;
    return session;
  }

  leave(session: ServerSession): void {
    session.connections--;
    if (session.connections > 0) return;
    this.#sessions.delete(session.name);
    for (const farewell of session.farewells) farewell();
    if (this.#orphans === 'release') for (const lock of [...session.held]) lock.release();
  }
}

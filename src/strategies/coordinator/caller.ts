import type { Value } from '../strategy.js';
import type { ServerSession } from './server-session.js';

/** What a handler returns when it replies later, by {@link Caller.reply}. */
export const later = Symbol('later');

/** The connection that a request came by, as its handler sees it. */
export interface Caller {
  readonly session: ServerSession;
  /** Answers a call that was put off. */
  reply(value: Value | undefined): void;
  /** Puts the answer off; `stop` is called if the client gives up or goes. */
  putOff(stop: () => void): typeof later;
  /** How to take back what this call grants, should the client turn out to have given up when the grant arrives. Until the next request. */
  undoable(undo: () => void): void;
}

export type Arguments = readonly unknown[];
export type Handler = (caller: Caller, given: Arguments) => Value | undefined | typeof later;
/** Handlers by code byte. */
export type OperationTable = Readonly<Record<number, Handler>>;

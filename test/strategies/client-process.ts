import { resolveReference, type StrategyReference } from '#src/strategies/index.js';
import type { LockHandle, Session, SessionContext } from '#src/strategies/strategy.js';
import { errorPlainly, type PlainError } from './plain-error.js';
import { scenarios } from './scenarios.js';

/** What a test asks of a client process; each is answered with its result or its error. */
export type Command =
  | { do: 'connect'; reference: StrategyReference; context: Omit<SessionContext<unknown>, 'options'> }
  | { do: 'acquire'; keys: string[]; timeoutMs: number; abortAfterMs?: number }
  | { do: 'release'; handle: number }
  | { do: 'state'; method: string; given: unknown[] }
  | { do: 'scenario'; name: string; given: unknown }
  | { do: 'close' };

export interface Answer {
  number: number;
  result?: unknown;
  error?: PlainError;
}

let session: Session | undefined;
const handles: LockHandle[] = [];

function connected(): Session {
  if (session === undefined) throw new Error('connect first');
  return session;
}

async function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'connect': {
      const { strategy, options } = await resolveReference(command.reference);
      session = await strategy.connect({ ...command.context, options });
      return undefined;
    }
    case 'acquire': {
      const signal = command.abortAfterMs === undefined ? undefined : AbortSignal.timeout(command.abortAfterMs);
      const options = { timeoutMs: command.timeoutMs, ...(signal === undefined ? {} : { signal }) };
      const handle = await connected().locks.acquire(command.keys, options);
      return { handle: handles.push(handle) - 1, fencingToken: handle.fencingToken, guards: handle.guards };
    }
    case 'release':
      return handles[command.handle]?.release();
    case 'state': {
      const method = connected().state[command.method as 'get'] as (...given: unknown[]) => Promise<unknown>;
      return method.apply(connected().state, command.given);
    }
    case 'scenario':
      return scenarios[command.name]?.(connected(), command.given as never);
    case 'close':
      return session?.close();
  }
}

process.on('message', async ({ number, command }: { number: number; command: Command }) => {
  const answer: Answer = { number };
  try {
    answer.result = await carryOut(command);
  } catch (error) {
    answer.error = errorPlainly(error);
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());

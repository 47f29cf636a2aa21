/** Exit codes of the command line, in the order in which they win (DESIGN: interrupted > usage > unmeasurable > failed > undecided). */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unmeasured: 3, undecided: 4, interrupted: 130 } as const;

/** Every known error: what its code means and the exit code it ends the command line with. */
const catalogue = {
  USAGE: exitCodes.usage,
  BAD_OPTION: exitCodes.usage,
  BAD_TRACE: exitCodes.usage,
  BAD_REPORT: exitCodes.usage,
  BAD_CONDITION: exitCodes.usage,
  FILE: exitCodes.usage,
  UNKNOWN_STRATEGY: exitCodes.usage,
  BAD_STRATEGY: exitCodes.usage,
  UNAVAILABLE: exitCodes.unmeasured,
  COORDINATOR_LOST: exitCodes.unmeasured,
  REJECTED: exitCodes.unmeasured,
  WORKER_LOST: exitCodes.unmeasured,
  PROTOCOL: exitCodes.unmeasured,
  NO_PROCESS: exitCodes.unmeasured,
  LOCK_TIMEOUT: exitCodes.unmeasured,
  LOCK_LOST: exitCodes.unmeasured,
  ABORTED: exitCodes.unmeasured,
  TIMEOUT: exitCodes.unmeasured,
  CLOSED: exitCodes.unmeasured,
  INTERRUPTED: exitCodes.interrupted,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof catalogue;

/** Marks the errors of every copy of this package: a strategy from elsewhere brings a class of its own, which `instanceof` doesn't know. */
const brand = Symbol.for('ipcbench.error');

/** An error that a user can act on: its message says what, where and what to do, in one line. */
export class IpcbenchError extends Error {
  readonly code: ErrorCode;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'IpcbenchError';
    this.code = code;
  }

  get exitCode(): number {
    return catalogue[this.code];
  }
}

/** Whether `error` is an {@link IpcbenchError}, of this code if one is given. */
export function isIpcbenchError(error: unknown, code?: ErrorCode): error is IpcbenchError {
  return error instanceof Error && brand in error && (code === undefined || systemCodeOf(error) === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error code of a system error (`ENOENT`), if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

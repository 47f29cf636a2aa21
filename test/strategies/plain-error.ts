import { IpcbenchError, messageOf } from '#src/errors.js';

/** An error as it crosses between processes. */
export interface PlainError {
  code: string | undefined;
  message: string;
}

export function errorPlainly(error: unknown): PlainError {
  return { code: error instanceof IpcbenchError ? error.code : undefined, message: messageOf(error) };
}

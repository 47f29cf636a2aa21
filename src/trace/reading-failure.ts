import { IpcbenchError, isIpcbenchError, messageOf } from '../errors.js';
import { isCutShort, unreadable } from './bytes.js';

/** The parser's reason, which may quote the line, on one short line. */
export function reasonOf(error: unknown): string {
  const reason = messageOf(error).replace(/\s+/g, ' ');
  return reason.length > 120 ? `${reason.slice(0, 120)}…` : reason;
}

/** Whatever reading ended with, as an error that says where it was and what to do. */
export function failure(name: string, line: number, error: unknown): IpcbenchError {
  if (isIpcbenchError(error)) return error;
  if (error instanceof RangeError)
    return new IpcbenchError('BAD_TRACE', `${name}:${line}: ${error.message}, expected one operation a line`, {
      cause: error,
    });
  if (isCutShort(error))
    return new IpcbenchError(
      'BAD_TRACE',
      `${name}:${line}: the gzip file ends in the middle, expected a whole one: copy it again, or keep what is there with --skip-invalid`,
      { cause: error },
    );
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_'))
    return new IpcbenchError(
      'BAD_TRACE',
      `${name}:${line}: the gzip data is damaged (${messageOf(error)}), expected a whole file: copy it again`,
      { cause: error },
    );
  return unreadable(name, error);
}

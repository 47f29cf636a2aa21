import { maxHeaderSize } from 'node:http';
import { IpcbenchError, messageOf, systemCodeOf } from '../../errors.js';

export const connectMs = 5_000;

/**
 * Says who did what, of a failure of whichever client.
 * @param endpoint who was asked
 * @param status of an answer that had begun; 0 where there was none
 */
export function httpFailure(endpoint: string, error: unknown, status = 0): IpcbenchError {
  if (error instanceof IpcbenchError) return error;
  const code = systemCodeOf(error) ?? '';
  const because = { cause: error };
  if (unsendable.has(code))
    return new IpcbenchError(
      'BAD_TRACE',
      `a request was not sent (${messageOf(error)}): correct its method, path or headers in the trace, or those of --header`,
      because,
    );
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return new IpcbenchError('CLOSED', 'the client was closed', because);
  const misread = misreadOf(error, code, status);
  if (misread !== undefined) return new IpcbenchError('PROTOCOL', `${endpoint} ${misread}`, because);
  const told = lost[code];
  return new IpcbenchError(
    'COORDINATOR_LOST',
    `${endpoint}${told === undefined ? `: ${messageOf(error)}` : ` ${told}`}`,
    because,
  );
}

/** What came and could not be taken, in words; undefined where nothing came. */
function misreadOf(error: unknown, code: string, status: number): string | undefined {
  // What undici calls answers that it was not to get: an interim one with no `Expect` to ask for it, and a change of protocol.
  if (code === 'UND_ERR_SOCKET' && messageOf(error) === 'bad response')
    return 'sent 100 Continue, which nobody asked for';
  if (code === 'UND_ERR_SOCKET' && messageOf(error) === 'bad upgrade')
    return 'changed protocols (101 Switching Protocols), which nobody asked for';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return `answered with headers beyond ${maxHeaderSize / 1024} kB`;
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return status === 304
      ? 'answered 304 with the length of the body that it left out, which it may, and which this client cannot take'
      : 'announced a body of another length than it sent';
  if (error instanceof Error && error.name === 'HTTPParserError')
    return `answered what is not HTTP: ${messageOf(error)}`;
  return undefined;
}

const notTls = 'does not speak TLS there: is it an http:// address?';

const lost: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'reset the connection',
  EPIPE: 'reset the connection',
  UND_ERR_SOCKET: 'closed the connection before it answered',
  UND_ERR_CONNECT_TIMEOUT: `could not be reached within ${connectMs / 1000} s`,
  ENOTFOUND: 'cannot be found',
  // What OpenSSL reads in the answer of somebody who speaks plain HTTP.
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
};

/** What the client says of a request before any of it is sent: no server is to blame. */
const unsendable: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

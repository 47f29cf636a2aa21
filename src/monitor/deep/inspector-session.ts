import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { IpcbenchError } from '../../errors.js';
import { isRecord, listOf, textOf } from '../profile-formats/json.js';

/** How long the target may take to answer one request; starting a profile of a large heap stalls it for a while. */
const patienceMs = 10_000;
/** How long its list of targets may take: a busy process on a busy machine takes seconds, and what is no inspector never answers. */
const answerMs = 5_000;

interface Pending {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
}

/** A connection to the inspector of a Node process: Chrome DevTools Protocol over a web socket. */
export class InspectorSession {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #gone: string | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('close', () => this.#fail('the inspector closed the connection: the target has ended, or closed it'));
    socket.on('error', () => {});
  }

  /**
   * Connects to the inspector that listens on a port of this machine.
   * @throws IpcbenchError `UNAVAILABLE` when none answers there
   */
  static async connect(port: number): Promise<InspectorSession> {
    const [target] = listOf(await getJson(port, '/json/list'));
    const url = isRecord(target) ? textOf(target.webSocketDebuggerUrl) : '';
    if (url === '') throw new IpcbenchError('UNAVAILABLE', `port ${port} is not that of an inspector`);
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: patienceMs });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (cause) =>
        reject(
          new IpcbenchError('UNAVAILABLE', `the inspector on port ${port} refused the connection: ${cause.message}`),
        ),
      );
    });
    return new InspectorSession(socket);
  }

  /** @throws IpcbenchError `UNAVAILABLE` when the target refuses or goes away, `TIMEOUT` when it doesn't answer in time */
  send(method: string, params: Record<string, unknown> = {}, timeoutMs = patienceMs): Promise<Record<string, unknown>> {
    if (this.#gone !== undefined) return Promise.reject(new IpcbenchError('UNAVAILABLE', this.#gone));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(
          new IpcbenchError(
            'TIMEOUT',
            `the inspector did not answer ${method} within ${timeoutMs} ms: the target's loop is blocked`,
          ),
        );
      }, timeoutMs);
      const settled = (): void => clearTimeout(timer);
      this.#pending.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** The value of an expression in the target; `require` is there for it. */
  async evaluate(expression: string, timeoutMs = patienceMs): Promise<unknown> {
    const params = { expression, includeCommandLineAPI: true, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', params, timeoutMs);
    if (isRecord(exceptionDetails)) {
      const exception = isRecord(exceptionDetails.exception) ? textOf(exceptionDetails.exception.description) : '';
      throw new IpcbenchError('UNAVAILABLE', `the target refused: ${exception.split('\n')[0]}`);
    }
    return isRecord(result) ? result.value : undefined;
  }

  /** Lets go; what was asked is rejected. */
  close(): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message) || typeof message.id !== 'number') return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (isRecord(message.error))
      pending?.reject(new IpcbenchError('UNAVAILABLE', `the inspector refused: ${textOf(message.error.message)}`));
    else pending?.resolve(isRecord(message.result) ? message.result : {});
  }

  #fail(why: string): void {
    this.#gone = why;
    for (const pending of this.#pending.values()) pending.reject(new IpcbenchError('UNAVAILABLE', why));
    this.#pending.clear();
  }
}

/** A connection of its own, closed at once: a kept one would hold the inspector open. */
function getJson(port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: answerMs }, (response) => {
      json(response).then(resolve, reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (cause) =>
      reject(new IpcbenchError('UNAVAILABLE', `no inspector answers on port ${port}: ${cause.message}`)),
    );
  });
}

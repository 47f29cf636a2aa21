/** The part of autocannon's programmatic interface that is used here; the package has no types of its own. */
declare module 'autocannon' {
  import type { Socket } from 'node:net';

  export interface CannonRequest {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
    setupRequest?(request: CannonRequest): CannonRequest;
    onResponse?(status: number, body: string, context: object, headers: Record<string, string>): void;
  }

  /** One connection. */
  export interface CannonClient {
    /** Requests sent so far. */
    reqsMade: number;
    /** Ends when it has sent so many. */
    responseMax?: number;
    /** Milliseconds that it waits for an answer, from the next request on. */
    timeout: number;
    /** The connection that it has now; undefined before its first. */
    conn: Socket;
    /** One for all its connections. */
    parser: { type: string; reinitialize(type: string): void };
    /** What its connection owes answers to. */
    pipelinedRequests: { clear(): void };
    setRequests(requests: CannonRequest[]): void;
    /** Closes its connection; it sends nothing any more. */
    destroy(): void;
    on(event: 'connError', listener: (error: Error) => void): void;
    /** It sends nothing any more. */
    on(event: 'done', listener: () => void): void;
    /** It is about to send a request. */
    on(event: 'request', listener: () => void): void;
    on(event: 'headers', listener: (head: CannonHead) => void): void;
  }

  /** The head of an answer. */
  export interface CannonHead {
    statusCode: number;
    /** False too where the answer does not say how long it is. */
    shouldKeepAlive: boolean;
    /** Names and values in turn. */
    headers: string[];
  }

  export interface CannonOptions {
    url: string | string[];
    connections: number;
    pipelining: number;
    /** Seconds. */
    duration: number;
    /** Milliseconds. */
    sampleInt: number;
    setupClient(client: CannonClient): void;
  }

  export interface Cannonade extends PromiseLike<unknown> {
    stop(): void;
  }

  export default function autocannon(options: CannonOptions): Cannonade;
}

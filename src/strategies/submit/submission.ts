import type { Meter } from '../meter.js';

/** An HTTP request as a trace wrote it, with everything filled in. */
export interface SubmitRequest {
  method: string;
  /** Path and query, from the root of the endpoint that it is sent to. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

/** One submit: a challenge id that names a row of an assignment. */
export interface Submission {
  account: string;
  epoch: string;
  /** Undefined where nobody knows it: then every tier has to be tried. */
  tier: string | undefined;
  /** Challenge id. */
  cid: string;
  /** Whether the replica lags: its row, if there is one, has not come there yet. */
  lagged: boolean;
  /** The request to send, where the trace has one of its own. */
  request?: SubmitRequest;
}

/** A row of the table that submits are looked up in. */
export interface Assignment {
  account: string;
  epoch: string;
  /** Left out where nobody knows it. */
  tier?: string;
  cid: string;
  seq: number;
}

/** What came back. */
export interface SubmitAnswer {
  /** HTTP status. */
  status: number;
  /** From a server that knows its own statuses: whether it was taken, whatever status the trace expects of another endpoint. */
  accepted?: boolean;
  /**
   * The sequence number that the challenge id belongs to, as a number or its decimal digits; `unknown` where it belongs to none; any other
   * text where the answer says what is no number; undefined where it doesn't say.
   */
  seq: number | string | undefined;
  /** Whether the row was missing in the replica, so that the number was recovered from the challenge id. */
  recovered: boolean;
  /** Why it was refused, in the server's own words, on one short line. */
  error?: string;
}

/** How submits become HTTP requests, and what answers to these mean. */
export interface HttpEndpoint {
  /** `http://host:port` of each server, all alike. */
  origins: readonly string[];
  requestOf(submission: Submission): SubmitRequest;
  /** @throws IpcbenchError `PROTOCOL` when it is no answer to a submit */
  answerOf(status: number, text: string, meter: Meter): SubmitAnswer;
  /** Bytes of a request or an answer on the wire. */
  bytesOf(line: string, headers: Readonly<Record<string, unknown>>, body: string): number;
}

/** Submits by name of account, epoch and tier. */
export interface Submits {
  /**
   * Hands one submit in and waits for its answer, whatever its status.
   * @throws IpcbenchError `TIMEOUT`, `ABORTED`, `CLOSED`, `COORDINATOR_LOST` (refused, reset or gone in the middle), `PROTOCOL` (not an answer),
   * `BAD_TRACE` (a request that cannot be sent)
   */
  submit(
    submission: Submission,
    options: { timeoutMs: number; signal?: AbortSignal },
    meter?: Meter,
  ): Promise<SubmitAnswer>;
  /**
   * Puts rows into the replica that the servers look submits up in, before the first submit; those that were there are replaced,
   * but never one that says its tier by one that doesn't. Absent where the servers have a replica of their own.
   */
  addAssignments?(rows: readonly Assignment[]): Promise<void>;
  /** Where they travel over HTTP: for drivers that send requests themselves. */
  http?: HttpEndpoint;
  /** What the servers hold right now, by name; names carry their unit. */
  gauges?(): Promise<Record<string, number>>;
}

import { IpcbenchError } from '../../errors.js';
import { type Meter, noMeter } from '../meter.js';
import { during } from '../metering.js';
import { headersUnder } from './headers.js';
import { HttpClient } from './http-client.js';
import type { Assignment, HttpEndpoint, Submission, SubmitAnswer, SubmitRequest, Submits } from './submission.js';
import {
  answerOf,
  assignmentsRequestOf,
  foreignAnswerOf,
  gaugesPath,
  httpBytes,
  plainRequestOf,
  referenceRequestOf,
} from './wire.js';

const gaugesWithinMs = 3_000;
const rowsWithinMs = 30_000;

export interface Servers {
  /** `http://host:port` of each. */
  origins: readonly string[];
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  /** Whether they are servers of our own, whose answers carry figures. */
  own: boolean;
  /** Name of the process that submits: each begins its turns elsewhere, or the first servers would get the first submit of all. */
  client?: string;
}

/** Submits over HTTP, dealt to the servers in turn. */
export class HttpSubmits implements Submits {
  readonly http: HttpEndpoint;
  readonly addAssignments?: (rows: readonly Assignment[]) => Promise<void>;
  readonly #clients: readonly HttpClient[];
  readonly #own: boolean;
  #next: number;

  private constructor(clients: readonly HttpClient[], { origins, headers, own, client = '' }: Servers) {
    this.#clients = clients;
    this.#next = firstOf(client, clients.length);
    this.#own = own;
    if (own) this.addAssignments = (rows) => this.#addAssignments(rows);
    const under = headersUnder(headers);
    this.http = {
      origins,
      requestOf: (submission) => {
        const request = this.#requestOf(submission);
        return { ...request, headers: under(request.headers) };
      },
      bytesOf: httpBytes,
      answerOf: (status, text, meter) => this.#read(status, text, meter),
    };
  }

  static async open(servers: Servers): Promise<HttpSubmits> {
    const clients = await Promise.all(servers.origins.map((origin) => HttpClient.open(origin, servers.headers)));
    return new HttpSubmits(clients, servers);
  }

  async submit(
    submission: Submission,
    options: { timeoutMs: number; signal?: AbortSignal },
    meter: Meter = noMeter,
  ): Promise<SubmitAnswer> {
    const client = this.#clients[this.#next];
    if (client === undefined) throw new IpcbenchError('UNAVAILABLE', 'no server to submit to');
    this.#next = (this.#next + 1) % this.#clients.length;
    const { status, text } = await during(meter, 'wait', () =>
      client.send(this.#requestOf(submission), options, meter),
    );
    return this.#read(status, text, meter);
  }

  /** All servers share one replica: the first of them takes the rows. */
  async #addAssignments(rows: readonly Assignment[]): Promise<void> {
    const [client] = this.#clients;
    if (client === undefined) return;
    const { status, text } = await client.send(assignmentsRequestOf(rows), { timeoutMs: rowsWithinMs });
    if (status !== 200) throw new IpcbenchError('PROTOCOL', `rows for the replica were answered ${status}: ${text}`);
  }

  /** Sums over the servers: each has an index of its own. */
  async gauges(): Promise<Record<string, number>> {
    if (!this.#own) return {};
    const request = { method: 'GET', path: gaugesPath, headers: {}, body: undefined };
    const total: Record<string, number> = {};
    for (const client of this.#clients) {
      const { text } = await client.send(request, { timeoutMs: gaugesWithinMs });
      const held = JSON.parse(text) as Record<string, number>;
      for (const [name, value] of Object.entries(held)) total[name] = (total[name] ?? 0) + value;
    }
    return total;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #requestOf(submission: Submission): SubmitRequest {
    return this.#own ? referenceRequestOf(submission) : (submission.request ?? plainRequestOf(submission));
  }

  #read(status: number, text: string, meter: Meter): SubmitAnswer {
    return this.#own ? answerOf(status, text, meter) : foreignAnswerOf(status, text);
  }
}

/** Which server comes first for this client: names that end in successive digits begin at successive servers. */
function firstOf(client: string, servers: number): number {
  let first = 0;
  for (const unit of Buffer.from(client)) first = (first * 31 + unit) % Math.max(servers, 1);
  return first;
}

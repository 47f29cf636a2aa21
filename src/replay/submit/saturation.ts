import type { Cannonade } from 'autocannon';
import { IpcbenchError } from '../../errors.js';
import type { HttpEndpoint, Session } from '../../strategies/strategy.js';
import type { SubmitStep, TraceOperation } from '../../trace/operation.js';
import type { Launcher } from '../launcher.js';
import type { WorkerSetup } from '../messages.js';
import type { OperationSource } from '../operation-source.js';
import type { Part } from '../part.js';
import { stepsOf } from '../shard.js';
import { CannonConnection, type Handed, type Ready, unanswered } from './cannon-connection.js';
import { type CompiledSubmit, compileSubmit } from './submit-step.js';

/** How often autocannon looks whether it is done, milliseconds. */
const lookEveryMs = 50;
/** Nothing ends by this: connections end when the trace does. Seconds. */
const longSeconds = 2_000_000;

/**
 * Closed loop on an HTTP endpoint: autocannon keeps `concurrency` connections busy, and what each request took is measured here, when it
 * was handed over and when its answer was there. Nothing that autocannon computes is used: it keeps whole milliseconds, and its correction
 * of latencies comes with a rate alone, which is not given.
 *
 * Its client follows plain HTTP/1.1 with connections that are kept and answers that tell their length. On anything else it gives answers to the
 * wrong requests or waits for ever (it has one parser for all connections of a client, and takes an interim answer for the answer): that is
 * noticed, and nothing is measured then.
 */
export class Saturation {
  readonly #source: OperationSource;
  readonly #part: Part;
  readonly #launcher: Launcher;
  readonly #endpoint: HttpEndpoint;
  readonly #stepOf: (operation: TraceOperation) => SubmitStep;
  readonly #missRate: number | undefined;
  readonly #compiled = new Map<SubmitStep, CompiledSubmit>();
  #connections: CannonConnection[] = [];
  #cannonade: Cannonade | undefined;
  #fault: IpcbenchError | undefined;

  constructor(
    source: OperationSource,
    part: Part,
    launcher: Launcher,
    endpoint: HttpEndpoint,
    stepOf: (operation: TraceOperation) => SubmitStep,
    missRate: number | undefined,
  ) {
    this.#source = source;
    this.#part = part;
    this.#launcher = launcher;
    this.#endpoint = endpoint;
    this.#stepOf = stepOf;
    this.#missRate = missRate;
  }

  async run(concurrency: number): Promise<void> {
    const { alarm } = this.#launcher;
    await alarm.until(this.#part.segment.startNs);
    void this.#part.ended.then(() => this.#stop());
    // Requests are handed over without waiting: when the trace cannot be read that fast, connections end, and begin anew.
    while (!this.#part.stopped) {
      await this.#source.ahead();
      if (!this.#more()) return;
      await this.#fire(concurrency);
    }
  }

  async #fire(concurrency: number): Promise<void> {
    const { default: autocannon } = await import('autocannon');
    const firsts: Ready[] = [];
    while (firsts.length < concurrency && this.#more()) firsts.push(...this.#take());
    this.#connections = [];
    if (firsts.length === 0) return;
    const cannonade = autocannon({
      url: [...this.#endpoint.origins],
      connections: firsts.length,
      pipelining: 1,
      duration: longSeconds,
      sampleInt: lookEveryMs,
      setupClient: (client) => {
        const first = firsts.shift();
        const next = (): Ready | undefined => this.#take()[0];
        const connection = new CannonConnection(client, this.#endpoint, {
          begin: (ready) => this.#begin(ready),
          next,
          fail: (what) => this.#fail(what),
        });
        this.#connections.push(connection);
        connection.start(first);
        if (!this.#more()) this.#runOut();
      },
    });
    this.#cannonade = cannonade;
    await cannonade;
    if (this.#fault !== undefined) throw this.#fault;
    for (const connection of this.#connections) connection.lose(unanswered());
  }

  /** It looks now and then whether it is to stop: until then no connection may ask for more. */
  #stop(): void {
    for (const connection of this.#connections) connection.end();
    this.#cannonade?.stop();
  }

  /** The first cause is the one that is told. */
  #fail(what: string): void {
    this.#fault ??= new IpcbenchError(
      'PROTOCOL',
      `${what}, which autocannon cannot follow: replay without --driver autocannon`,
    );
    this.#stop();
  }

  #more(): boolean {
    const next = this.#source.peek();
    return next !== undefined && !this.#part.stopped && (next.at ?? 0) < this.#part.segment.toMs;
  }

  /** The next one that can be sent; those before it that cannot have failed. */
  #take(): Ready[] {
    const ready: Ready[] = [];
    while (ready.length === 0 && this.#more()) {
      const operation = this.#source.take();
      if (operation !== undefined) ready.push(...this.#ready(operation));
    }
    if (!this.#more()) this.#runOut();
    return ready;
  }

  #ready(operation: TraceOperation): Ready[] {
    const compiled = this.#compiledOf(operation);
    const scope = { fields: operation.fields ?? {}, item: '' };
    try {
      return [{ operation, compiled, sent: compiled.submissionOf({ scope, missRate: this.#missRate }) }];
    } catch (error) {
      this.#launcher.begin(operation, this.#launcher.clock.nowNs()).end(error);
      return [];
    }
  }

  #runOut(): void {
    for (const connection of this.#connections) connection.endAfterThis();
  }

  #compiledOf(operation: TraceOperation): CompiledSubmit {
    const step = this.#stepOf(operation);
    const compiled = this.#compiled.get(step) ?? compileSubmit(step);
    this.#compiled.set(step, compiled);
    return compiled;
  }

  #begin({ operation, compiled, sent }: Ready): Handed {
    const begun = this.#launcher.begin(operation, this.#launcher.clock.nowNs());
    return { begun, compiled, sent, bytesSent: 0, startNs: begun.run.nowNs() };
  }
}

/**
 * Where autocannon is to send submits to.
 * @throws IpcbenchError `UNAVAILABLE` where it cannot, or must not
 */
export function cannonEndpoint({ submits }: Pick<Session, 'submits'>): HttpEndpoint {
  const { http } = submits ?? {};
  if (http === undefined)
    throw new IpcbenchError(
      'UNAVAILABLE',
      'this strategy does not say how its submits travel: leave out --driver autocannon',
    );
  if (isEncrypted(http.origins)) throw new IpcbenchError('UNAVAILABLE', plainOnly);
  return http;
}

export const plainOnly = '--driver autocannon is for http://: it checks no certificates';

export function isEncrypted(endpoints: readonly string[]): boolean {
  return endpoints.some((url) => /^https:/i.test(url));
}

/** What saturates an endpoint for one worker. Workers begin with different servers: none may be left idle because each has few connections. */
export function saturationOf(
  { index, header, missRate }: Pick<WorkerSetup, 'index' | 'header' | 'missRate'>,
  source: OperationSource,
  part: Part,
  launcher: Launcher,
  { origins, ...endpoint }: HttpEndpoint,
): Saturation {
  const first = index % Math.max(origins.length, 1);
  const rotated = { ...endpoint, origins: [...origins.slice(first), ...origins.slice(0, first)] };
  const stepOf = (operation: TraceOperation): SubmitStep => {
    const [step] = stepsOf(operation, header);
    if (step?.do !== 'submit') throw new Error(`${operation.op} is no submit`);
    return step;
  };
  return new Saturation(source, part, launcher, rotated, stepOf, missRate);
}

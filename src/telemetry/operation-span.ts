import { type Attributes, context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Instruments } from './instruments.js';
import { attributes, spans } from './names.js';

export interface OperationLabels {
  operation: string;
  strategy: string;
  /** Name of the client process. */
  process: string;
}

/** Ends what was begun, once; with what went wrong, if anything did. */
export type Ending = (error?: unknown) => void;

/** One operation as it is told: its own span, and under it those of its locks and calls. */
export class OperationSpan {
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #labels: Attributes;
  readonly #span: Span;
  readonly #startedMs = performance.now();
  readonly #lateMs: number;

  constructor(tracer: Tracer, instruments: Instruments, labels: OperationLabels, lateMs: number) {
    this.#tracer = tracer;
    this.#instruments = instruments;
    this.#lateMs = lateMs;
    this.#labels = { [attributes.operation]: labels.operation, [attributes.strategy]: labels.strategy };
    this.#span = tracer.startSpan(spans.operation, {
      attributes: { ...this.#labels, [attributes.process]: labels.process },
    });
  }

  /** Asks for locks; the result says that they were had, or not. A time-out is counted by the error's code `LOCK_TIMEOUT`. */
  acquire(keys: number): Ending {
    const ending = this.#begin(spans.acquire, { [attributes.keys]: keys }, (seconds) =>
      this.#instruments.waitDuration.record(seconds, this.#labels),
    );
    let ended = false;
    return (error) => {
      if (!ended && codeOf(error) === 'LOCK_TIMEOUT') this.#instruments.timeouts.add(1, this.#labels);
      ended = true;
      ending(error);
    };
  }

  /** Has the locks; the result says that they were released. */
  hold(keys: number): Ending {
    return this.#begin(spans.hold, { [attributes.keys]: keys }, (seconds) =>
      this.#instruments.holdDuration.record(seconds, this.#labels),
    );
  }

  /** Calls a coordinator; the result says that it answered. */
  call(service: string, method: string): Ending {
    const labels = {
      [attributes.rpcSystem]: 'ipcbench',
      [attributes.rpcService]: service,
      [attributes.rpcMethod]: method,
    };
    return this.#begin(
      `${service}/${method}`,
      labels,
      (seconds) => this.#instruments.callDuration.record(seconds, labels),
      SpanKind.CLIENT,
    );
  }

  /** The operation is over. */
  end(error?: unknown): void {
    const outcome = codeOf(error) ?? (error === undefined ? 'ok' : 'error');
    const seconds = (performance.now() - this.#startedMs + this.#lateMs) / 1000;
    this.#instruments.responseDuration.record(seconds, { ...this.#labels, [attributes.outcome]: outcome });
    finish(this.#span, error);
  }

  #begin(name: string, labels: Attributes, record: (seconds: number) => void, kind = SpanKind.INTERNAL): Ending {
    const startedMs = performance.now();
    const span = this.#tracer.startSpan(
      name,
      { kind, attributes: labels },
      trace.setSpan(context.active(), this.#span),
    );
    let ended = false;
    return (error) => {
      if (ended) return;
      ended = true;
      record((performance.now() - startedMs) / 1000);
      finish(span, error);
    };
  }
}

function finish(span: Span, error: unknown): void {
  if (error !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    span.setAttribute(attributes.errorType, codeOf(error) ?? 'error');
  }
  span.end();
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

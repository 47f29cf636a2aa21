import {
  type Attributes,
  type Context,
  context,
  type SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { attributes } from './names.js';

/** Ends what was begun, once; with what went wrong, if anything did. `endedMs`: when, by `performance.now()`, if not now. */
export type Ending = (error?: unknown, endedMs?: number) => void;

/** What something is done for. */
export interface SpanParent {
  readonly context: Context;
  /** What the metrics of anything done for it are told apart by. */
  readonly labels: Attributes;
}

export interface ActivityOptions {
  kind?: SpanKind;
  attributes: Attributes;
  /** Default: the span that is active in the program, if one is. */
  parent: SpanParent | undefined;
  /** Added to the time that is recorded: what had passed before it began, in ms. */
  lateMs?: number;
  /** The metrics of what has ended. */
  record(seconds: number, error: unknown): void;
}

/** Begins a span, and the time that goes into a metric when it ends. */
export function beginActivity(
  tracer: Tracer,
  name: string,
  options: ActivityOptions,
): { context: Context; end: Ending } {
  const { kind, attributes: given, parent, lateMs = 0, record } = options;
  const startedMs = performance.now();
  const outer = parent?.context ?? context.active();
  const span = tracer.startSpan(name, { attributes: given, ...(kind === undefined ? {} : { kind }) }, outer);
  let ended = false;
  return {
    context: trace.setSpan(outer, span),
    end: (error, endedMs) => {
      if (ended) return;
      ended = true;
      record(((endedMs ?? performance.now()) - startedMs + lateMs) / 1000, error);
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
        span.setAttribute(attributes.errorType, codeOf(error) ?? 'error');
      }
      // Spans count from the epoch.
      span.end(endedMs === undefined ? undefined : performance.timeOrigin + endedMs);
    },
  };
}

/** The code of an error that has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

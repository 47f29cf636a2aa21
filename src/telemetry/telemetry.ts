import {
  createNoopMeter,
  metrics as metricsApi,
  ProxyTracerProvider,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { beginActivity, codeOf, type Ending, type SpanParent } from './activity.js';
import { type CoordinatorReading, type Instruments, openInstruments } from './instruments.js';
import { attributes, scope, spans } from './names.js';
import { type OperationLabels, OperationSpan } from './operation-span.js';

export type { Ending, SpanParent } from './activity.js';
export type { CoordinatorReading } from './instruments.js';
export type { OperationSpan } from './operation-span.js';

/** What the replay and the strategies tell an OpenTelemetry SDK. */
export interface Telemetry {
  /** A round begins, in the main process; `round` counts from 1. */
  startRound(strategy: string, round: number): Ending;
  /** An operation begins; `lateMs`: how long after it was due. */
  startOperation(labels: OperationLabels, lateMs: number): OperationSpan;
  /** Locks are asked for; the result says that they were had, or not. A time-out is counted by the error's code `LOCK_TIMEOUT`. */
  startAcquire(strategy: string, keys: number, parent: SpanParent | undefined): Ending;
  /** Locks are held; the result says that they were released. */
  startHold(strategy: string, keys: number, parent: SpanParent | undefined): Ending;
  /** A coordinator is called; the result says that it answered. */
  startCall(coordinator: string, method: string, parent: SpanParent | undefined): Ending;
  /** Redis is sent a command; the result says that it answered. */
  startRedisCommand(command: string, parent: SpanParent | undefined): Ending;
  lockCreated(strategy: string): void;
  collisions(strategy: string, count: number): void;
  /** Tells CPU and memory of the coordinators whenever the SDK asks; call the result to end that. */
  observeCoordinators(read: () => Iterable<CoordinatorReading>): () => void;
}

/**
 * Opens the telemetry of this process; undefined while no SDK is registered, so that `telemetry?.lockCreated(…)` costs a comparison.
 * It is opened once per session: register an SDK before. Nothing here registers one.
 */
export function openTelemetry(): Telemetry | undefined {
  if (!isTracing() && !isMeasuring()) return undefined;
  return telemetryOf(trace.getTracer(scope), openInstruments(metricsApi.getMeter(scope)));
}

function telemetryOf(tracer: Tracer, instruments: Instruments): Telemetry {
  return {
    startRound: (strategy, round) =>
      beginActivity(tracer, spans.round, {
        attributes: { [attributes.strategy]: strategy, [attributes.round]: round },
        parent: undefined,
        record: () => {},
      }).end,
    startOperation: (labels, lateMs) => new OperationSpan(tracer, instruments, labels, lateMs),
    startAcquire(strategy, keys, parent) {
      const labels = parent?.labels ?? instruments.of(strategy);
      const record = (seconds: number, error: unknown): void => {
        instruments.waitDuration.record(seconds, labels);
        if (codeOf(error) === 'LOCK_TIMEOUT') instruments.timeouts.add(1, labels);
      };
      const given = { [attributes.strategy]: strategy, [attributes.keys]: keys };
      return beginActivity(tracer, spans.acquire, { attributes: given, parent, record }).end;
    },
    startHold(strategy, keys, parent) {
      const labels = parent?.labels ?? instruments.of(strategy);
      const record = (seconds: number): void => instruments.holdDuration.record(seconds, labels);
      const given = { [attributes.strategy]: strategy, [attributes.keys]: keys };
      return beginActivity(tracer, spans.hold, { attributes: given, parent, record }).end;
    },
    startCall(coordinator, method, parent) {
      const name = `${coordinator}/${method}`;
      const given = { [attributes.rpcSystem]: scope, [attributes.rpcMethod]: name };
      const record = (seconds: number, error: unknown): void =>
        instruments.callDuration.record(seconds, failed(given, error));
      return beginActivity(tracer, name, { kind: SpanKind.CLIENT, attributes: given, parent, record }).end;
    },
    startRedisCommand(command, parent) {
      const given = { [attributes.databaseSystem]: 'redis', [attributes.databaseOperation]: command };
      const record = (seconds: number, error: unknown): void =>
        instruments.databaseDuration.record(seconds, failed(given, error));
      return beginActivity(tracer, command, { kind: SpanKind.CLIENT, attributes: given, parent, record }).end;
    },
    lockCreated: (strategy) => instruments.locksCreated.add(1, instruments.of(strategy)),
    collisions: (strategy, count) => instruments.collisions.add(count, instruments.of(strategy)),
    observeCoordinators: (read) => instruments.observe(read),
  };
}

/** The conventions want `error.type` on the metric as well as on the span. */
function failed(labels: Record<string, string>, error: unknown): Record<string, string> {
  return error === undefined ? labels : { ...labels, [attributes.errorType]: codeOf(error) ?? 'error' };
}

/** The API hands out a proxy that stands for whatever SDK is registered; without one it delegates to nothing. */
function isTracing(): boolean {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider && provider.getDelegateTracer(scope) !== undefined;
}

/** Without an SDK every meter is the same, which measures nothing. */
function isMeasuring(): boolean {
  return metricsApi.getMeter(scope).constructor !== createNoopMeter().constructor;
}

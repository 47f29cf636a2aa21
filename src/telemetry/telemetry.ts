import { createNoopMeter, metrics as metricsApi, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { type CoordinatorReading, openInstruments } from './instruments.js';
import { scope } from './names.js';
import { type OperationLabels, OperationSpan } from './operation-span.js';

/** What the replay and the strategies tell an OpenTelemetry SDK. */
export interface Telemetry {
  /** An operation begins; `lateMs`: how long after it was due. */
  startOperation(labels: OperationLabels, lateMs: number): OperationSpan;
  lockCreated(strategy: string): void;
  collision(strategy: string): void;
  /** Tells CPU and memory of the coordinators whenever the SDK asks; call the result to end that. */
  observeCoordinators(read: () => Iterable<CoordinatorReading>): () => void;
}

/**
 * Opens the telemetry of this process; undefined while no SDK is registered, so that `telemetry?.lockCreated(…)` costs a comparison.
 * Register an SDK before; nothing here registers one.
 */
export function openTelemetry(): Telemetry | undefined {
  const tracer = trace.getTracer(scope);
  const meter = metricsApi.getMeter(scope);
  if (!isTracing() && !isMeasuring()) return undefined;
  const instruments = openInstruments(meter);
  return {
    startOperation: (labels, lateMs) => new OperationSpan(tracer, instruments, labels, lateMs),
    lockCreated: (strategy) => instruments.locksCreated.add(1, instruments.of(strategy)),
    collision: (strategy) => instruments.collisions.add(1, instruments.of(strategy)),
    observeCoordinators: (read) => instruments.observe(read),
  };
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

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  type Attributes,
  type BatchObservableCallback,
  type Context,
  type createNoopMeter,
  INVALID_SPAN_CONTEXT,
  metrics,
  type Observable,
  type Span,
  type SpanOptions,
  type SpanStatus,
  trace,
} from '@opentelemetry/api';
import { metrics as names } from '#src/telemetry/names.js';
import { openTelemetry } from '#src/telemetry/telemetry.js';

afterEach(() => {
  trace.disable();
  metrics.disable();
});

interface SeenSpan {
  name: string;
  parent: string | undefined;
  attributes: Attributes;
  status?: SpanStatus;
  ended: number;
}

/** A tracer that keeps what it is told: the least that an SDK does. */
function registerTracer(): SeenSpan[] {
  const seen: SeenSpan[] = [];
  const bySpan = new Map<Span, SeenSpan>();
  const startSpan = (name: string, options: SpanOptions = {}, context?: Context): Span => {
    const parent = context === undefined ? undefined : bySpan.get(trace.getSpan(context) as Span)?.name;
    const kept: SeenSpan = { name, parent, attributes: { ...options.attributes }, ended: 0 };
    const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    span.setStatus = (status) => {
      kept.status = status;
      return span;
    };
    span.setAttribute = (key, value) => {
      kept.attributes[key] = value;
      return span;
    };
    span.end = () => {
      kept.ended += 1;
    };
    seen.push(kept);
    bySpan.set(span, kept);
    return span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }) });
  return seen;
}

interface SeenValue {
  metric: string;
  unit: string;
  value: number;
  attributes: Attributes;
}

function registerMeter(): { values: SeenValue[]; collect(): Promise<void> } {
  const values: SeenValue[] = [];
  const callbacks = new Set<BatchObservableCallback>();
  const units = new Map<string, string>();
  const instrument = (metric: string, { unit = '' } = {}) => {
    units.set(metric, unit);
    const keep = (value: number, attributes: Attributes = {}): void =>
      void values.push({ metric, unit, value, attributes });
    return { add: keep, record: keep, metric };
  };
  class KeepingMeter {
    createHistogram = instrument;
    createCounter = instrument;
    createObservableGauge = instrument;
    addBatchObservableCallback = (callback: BatchObservableCallback) => void callbacks.add(callback);
    removeBatchObservableCallback = (callback: BatchObservableCallback) => void callbacks.delete(callback);
  }
  const meter = Object.assign(new KeepingMeter(), {}) as unknown as ReturnType<typeof createNoopMeter>;
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
  const observe = (gauge: Observable, value: number, attributes: Attributes = {}): void => {
    const { metric } = gauge as unknown as { metric: string };
    values.push({ metric, unit: units.get(metric) ?? '', value, attributes });
  };
  return {
    values,
    async collect() {
      for (const callback of callbacks) await callback({ observe });
    },
  };
}

const labels = { operation: 'order', strategy: 'lock-pool', process: 'orders-1' };

test('without an SDK there is no telemetry to call', () => {
  assert.equal(openTelemetry(), undefined);
});

test('an operation has a span, and under it those of its wait, its hold and its calls', () => {
  const seen = registerTracer();
  const telemetry = openTelemetry();
  assert.ok(telemetry);
  const operation = telemetry.startOperation(labels, 5);
  const acquired = telemetry.startAcquire('lock-pool', 2, operation);
  telemetry.startCall('manager', 'acquire', operation)();
  acquired();
  telemetry.startHold('lock-pool', 2, operation)();
  telemetry.startRedisCommand('GET', operation)();
  operation.end();
  assert.deepEqual(
    seen.map(({ name, parent, ended }) => [name, parent, ended]),
    [
      ['ipcbench.operation', undefined, 1],
      ['ipcbench.lock.acquire', 'ipcbench.operation', 1],
      ['manager/acquire', 'ipcbench.operation', 1],
      ['ipcbench.lock.hold', 'ipcbench.operation', 1],
      ['GET', 'ipcbench.operation', 1],
    ],
  );
  assert.equal(seen[0]?.attributes['ipcbench.strategy.name'], 'lock-pool');
  assert.equal(seen[2]?.attributes['rpc.method'], 'manager/acquire');
  assert.equal(seen[4]?.attributes['db.system.name'], 'redis');
});

test('a time-out is counted, and marks its spans as failed', () => {
  const seen = registerTracer();
  const { values } = registerMeter();
  const telemetry = openTelemetry();
  const operation = telemetry?.startOperation(labels, 0);
  const error = Object.assign(new Error('waited 10 s'), { code: 'LOCK_TIMEOUT' });
  const ending = telemetry?.startAcquire('lock-pool', 1, operation);
  ending?.(error);
  ending?.(error);
  operation?.end(error);
  assert.deepEqual(
    seen.map((span) => [span.attributes['error.type'], span.ended]),
    [
      ['LOCK_TIMEOUT', 1],
      ['LOCK_TIMEOUT', 1],
    ],
  );
  const told = (metric: string) => values.filter((value) => value.metric === metric);
  assert.equal(told(names.waitDuration.name).length, 1);
  assert.equal(told(names.responseDuration.name)[0]?.attributes['ipcbench.outcome'], 'LOCK_TIMEOUT');
  assert.deepEqual(
    told(names.timeouts.name).map((value) => value.value),
    [1],
  );
});

test('the response time counts from when the operation was due, in seconds', () => {
  const { values } = registerMeter();
  openTelemetry()?.startOperation(labels, 2500).end();
  const [response] = values;
  assert.equal(response?.unit, 's');
  assert.ok(response && response.value >= 2.5);
});

test('coordinators are told when the SDK asks, in cores and bytes, until that is ended', async () => {
  const { values, collect } = registerMeter();
  const reading = { strategy: 'lock-pool', name: 'manager', pid: 7, cpuPercent: 80, rssBytes: 5e7 };
  const end = openTelemetry()?.observeCoordinators(() => [reading]);
  await collect();
  end?.();
  await collect();
  assert.deepEqual(
    values.map(({ metric, unit, value, attributes }) => [metric, unit, value, attributes['process.pid']]),
    [
      ['ipcbench.coordinator.cpu.usage', '{cpu}', 0.8, 7],
      ['ipcbench.coordinator.memory.usage', 'By', 5e7, 7],
    ],
  );
});

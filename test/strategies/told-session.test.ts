import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { openSession, serveStrategy } from '#src/strategies/library.js';
import lockPool from '#src/strategies/lock-pool.js';
import { noMeter, type Session } from '#src/strategies/strategy.js';
import { toldSession } from '#src/strategies/told-session.js';
import { metrics as names } from '#src/telemetry/names.js';
import { openTelemetry } from '#src/telemetry/telemetry.js';
import { folder } from '../replay/bench-trace.js';

/** The official SDK, which keeps what it is told; unregistered after the test. */
function registerSdk(t: TestContext) {
  const spans = new InMemorySpanExporter();
  const told = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const tracing = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  const reader = new PeriodicExportingMetricReader({ exporter: told, exportIntervalMillis: 2 ** 31 - 1 });
  const measuring = new MeterProvider({ readers: [reader] });
  trace.setGlobalTracerProvider(tracing);
  metrics.setGlobalMeterProvider(measuring);
  t.after(async () => {
    trace.disable();
    metrics.disable();
    await Promise.all([tracing.shutdown(), measuring.shutdown()]);
  });
  return {
    spans: () => spans.getFinishedSpans(),
    /** Sum of a counter, or how many a histogram has seen. */
    async total(metric: string): Promise<number> {
      await measuring.forceFlush();
      const last = told.getMetrics().at(-1);
      const found = last?.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .find((each) => each.descriptor.name === metric);
      return (found?.dataPoints ?? []).reduce((sum, { value }) => {
        return sum + (typeof value === 'number' ? value : 'count' in value ? value.count : 0);
      }, 0);
    },
  };
}

async function openLockPool(t: TestContext): Promise<() => Promise<Session>> {
  const directory = await folder(t);
  const secret = 'a secret of the test';
  const { addresses, close } = await serveStrategy(lockPool, { directory, secret });
  t.after(close);
  return async () => {
    const session = await openSession(lockPool, { directory, secret, addresses, process: 'client' });
    t.after(() => session.close());
    return session;
  };
}

test('a program that registered an SDK is told waits, holds, calls, new locks and time-outs of its session', async (t) => {
  const sdk = registerSdk(t);
  const open = await openLockPool(t);
  const [session, other] = [await open(), await open()];
  const handle = await session.locks.acquire(['account7/BTC'], { timeoutMs: 10_000 });
  await session.state.set('positions', 'account7/BTC', { quantity: 1 });
  await assert.rejects(other.locks.acquire(['account7/BTC'], { timeoutMs: 20 }), { code: 'LOCK_TIMEOUT' });
  await handle.release();
  const named = (name: string) => sdk.spans().filter((span) => span.name === name);
  assert.deepEqual(
    named('ipcbench.lock.acquire').map((span) => span.attributes['error.type']),
    [undefined, 'LOCK_TIMEOUT'],
  );
  assert.equal(named('ipcbench.lock.hold').length, 1);
  assert.equal(named('ipcbench.lock.hold')[0]?.attributes['ipcbench.strategy.name'], 'lock-pool');
  assert.equal(named('manager/set').length, 1);
  assert.equal(await sdk.total(names.timeouts.name), 1);
  assert.equal(await sdk.total(names.holdDuration.name), 1);
  assert.equal(await sdk.total(names.waitDuration.name), 2);
});

test('calls come under the span that is given with the meter', async (t) => {
  const sdk = registerSdk(t);
  const session = await (await openLockPool(t))();
  const operation = openTelemetry()?.startOperation({ operation: 'order', strategy: 'x', process: 'p' }, 0);
  await session.state.get('positions', 'k', { ...noMeter, parent: operation });
  operation?.end();
  const [call, root] = sdk.spans();
  assert.equal(call?.name, 'manager/get');
  assert.equal(call.parentSpanContext?.spanId, root?.spanContext().spanId);
});

test('a handle keeps what it can do, and its hold ends when the release is asked for', async (t) => {
  const sdk = registerSdk(t);
  const asked: string[] = [];
  let finish: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const session: Session = {
    locks: {
      acquire: async (_keys, _options, meter) => {
        meter?.lockCreated();
        return {
          fencingToken: 7,
          guards: ['slot 3'],
          release: () => slow,
          releaseWith: async ({ key }) => void asked.push(key),
        };
      },
    },
    state: {} as Session['state'],
    close: async () => {},
  };
  const told = toldSession(session, 'mine', openTelemetry());
  const handle = await told.locks.acquire(['k'], { timeoutMs: 1 });
  assert.deepEqual([handle.fencingToken, handle.guards], [7, ['slot 3']]);
  await handle.releaseWith?.({ structure: 's', key: 'k', value: 1 });
  assert.deepEqual(asked, ['k']);
  assert.equal(await sdk.total(names.locksCreated.name), 1);

  const second = await told.locks.acquire(['k'], { timeoutMs: 1 });
  const released = second.release();
  const askedMs = performance.timeOrigin + performance.now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  finish();
  await released;
  const hold = sdk.spans().at(-1);
  assert.equal(hold?.name, 'ipcbench.lock.hold');
  const endedMs = (hold.endTime[0] ?? 0) * 1000 + (hold.endTime[1] ?? 0) / 1e6;
  assert.ok(endedMs < askedMs + 1, `ended ${endedMs - askedMs} ms after the release was asked for`);
});

test('without an SDK a session is what the strategy made of it', () => {
  const session = { locks: {}, state: {} } as Session;
  assert.equal(toldSession(session, 'x', openTelemetry()), session);
});

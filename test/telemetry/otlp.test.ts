import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { metrics } from '#src/telemetry/names.js';
import { folder } from '../replay/bench-trace.js';
import { readReport, replayCommand, startReplay, untilNothingIsLeft } from '../replay/command.js';
import { writeOrders } from './orders.js';
import { type OtlpReceiver, type ReceivedPoint, startReceiver } from './otlp-receiver.js';

const operations = 60;

function pointsNamed({ points }: OtlpReceiver, name: string): ReceivedPoint[] {
  return points.filter(({ metric }) => metric === name);
}

test('a replay exports spans and metrics of its workers and of the main process over OTLP', async (t: TestContext) => {
  const receiver = await startReceiver(t);
  const directory = await folder(t);
  const trace = writeOrders(directory, operations);
  const args = [trace, '--strategy', 'lock-pool', '--report', join(directory, 'run.json'), '--otlp', receiver.endpoint];
  const command = await startReplay(t, args);
  const { code, stderr } = await command.ended;
  assert.equal(code, 0, stderr);
  const report = readReport(join(directory, 'run.json'));
  const [result] = report.results;
  assert.ok(result?.state === 'complete');
  const counted = result.operations.order?.count ?? 0;
  assert.deepEqual([...receiver.contentTypes], ['application/x-protobuf']);

  const named = (name: string) => receiver.spans.filter((span) => span.name === name);
  const roots = named('ipcbench.operation');
  assert.equal(roots.length, counted);
  assert.deepEqual([...new Set(roots.map((span) => span.resource['ipcbench.process.name']))].sort(), ['a', 'b']);
  assert.ok(
    roots.every((span) => span.attributes['ipcbench.strategy.name'] === 'lock-pool' && span.endNs > span.startNs),
  );
  const rootIds = new Set(roots.map((span) => span.spanId));
  for (const name of ['ipcbench.lock.acquire', 'ipcbench.lock.hold', 'manager/acquire', 'manager/get']) {
    const under = named(name);
    assert.ok(
      under.length >= counted,
      `${under.length} of ${name}; there are ${[...new Set(receiver.spans.map((s) => s.name))]}`,
    );
    assert.ok(
      under.every((span) => rootIds.has(span.parentSpanId)),
      `${name} under its operation`,
    );
  }
  const [round] = named('ipcbench.round');
  assert.equal(round?.resource['ipcbench.process.name'], 'main');
  assert.equal(round?.attributes['ipcbench.round.number'], 1);

  for (const name of [metrics.responseDuration.name, metrics.waitDuration.name, metrics.holdDuration.name]) {
    const points = pointsNamed(receiver, name);
    assert.equal(
      points.reduce((sum, { count }) => sum + count, 0),
      counted,
      name,
    );
    assert.ok(points.every(({ unit, kind }) => unit === 's' && kind === 'histogram'));
  }
  const calls = pointsNamed(receiver, metrics.callDuration.name).reduce((sum, { count }) => sum + count, 0);
  assert.ok(calls >= result.calls.perOperation * counted, `${calls} calls told`);
  const [cpu] = pointsNamed(receiver, metrics.coordinatorCpu.name);
  assert.equal(cpu?.resource['ipcbench.process.name'], 'main');
  assert.equal(cpu?.attributes['process.pid'], result.coordinators[0]?.pid);
  const [memory] = pointsNamed(receiver, metrics.coordinatorMemory.name);
  assert.ok((memory?.value ?? 0) > 1e6);
  const collisions = pointsNamed(receiver, metrics.collisions.name).at(-1);
  assert.equal(collisions?.value ?? 0, result.locks.collisions);

  assert.deepEqual(
    report.warnings.map(({ code: each }) => each),
    ['TRACED'],
  );
  await untilNothingIsLeft(command);
});

test('a receiver that is not there costs a warning, and no figure', async (t: TestContext) => {
  const directory = await folder(t);
  const trace = writeOrders(directory, operations);
  const endpoint = `http://127.0.0.1:${await closedPort()}`;
  const args = [trace, '--strategy', 'none', '--report', join(directory, 'run.json'), '--otlp', endpoint];
  const { code, stdout, stderr } = await replayCommand(t, args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Warning: telemetry did not get to http:.*ECONNREFUSED/);
  const report = readReport(join(directory, 'run.json'));
  assert.deepEqual(
    report.warnings.map(({ code: each }) => each),
    ['TRACED', 'TELEMETRY_LOST'],
  );
  assert.equal(report.results[0]?.state, 'complete');
});

test('a receiver that never answers is not waited for', async (t: TestContext) => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<{ destroy(): void }>();
  silent.on('connection', (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const directory = await folder(t);
  const args = [writeOrders(directory, operations), '--strategy', 'none', '--otlp', `http://127.0.0.1:${address.port}`];
  const { code, stdout, stderr } = await replayCommand(t, args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Warning: telemetry did not get to/);
});

test('without the SDK, one line says how to install it, and nothing is started', async (t: TestContext) => {
  const directory = await folder(t);
  const hook = `export const resolve = (name, context, next) => {
    if (name.startsWith('@opentelemetry/sdk-')) throw Object.assign(new Error('hidden by the test'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  };`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  const args = [writeOrders(directory, operations), '--strategy', 'none', '--otlp', 'http://127.0.0.1:4318'];
  const { code, stdout, stderr } = await replayCommand(t, args, undefined, {
    NODE_OPTIONS: `--import ${dataUrl(register)}`,
  });
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^ipcbench: --otlp needs OpenTelemetry's SDK, which is not installed: npm install @opentelemetry\/sdk-trace .*\n$/,
  );
});

test('an endpoint that is no address is refused', async (t: TestContext) => {
  const directory = await folder(t);
  const { code, stderr } = await replayCommand(t, [writeOrders(directory, operations), '--otlp', 'localhost:4318']);
  assert.equal(code, 2);
  assert.match(stderr, /expected a base address such as http:\/\/localhost:4318/);
});

test('workers tell an SDK that came by NODE_OPTIONS too', async (t: TestContext) => {
  const receiver = await startReceiver(t);
  const directory = await folder(t);
  const own = `
    import { trace } from ${JSON.stringify(import.meta.resolve('@opentelemetry/api'))};
    import sdk from ${JSON.stringify(import.meta.resolve('@opentelemetry/sdk-trace'))};
    import otlp from ${JSON.stringify(import.meta.resolve('@opentelemetry/exporter-trace-otlp-proto'))};
    const exporter = new otlp.OTLPTraceExporter({ url: '${receiver.endpoint}/v1/traces' });
    trace.setGlobalTracerProvider(new sdk.TracerProvider({ spanProcessors: [new sdk.BatchSpanProcessor({ exporter })] }));
  `;
  const environment = { NODE_OPTIONS: `--import ${dataUrl(own)}` };
  const { code, stderr } = await replayCommand(
    t,
    [writeOrders(directory, operations), '--strategy', 'lock-pool'],
    undefined,
    environment,
  );
  assert.equal(code, 0, stderr);
  assert.equal(receiver.spans.filter(({ name }) => name === 'ipcbench.operation').length, operations);
});

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

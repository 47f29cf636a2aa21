import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
// The official protobuf definitions of OTLP, compiled by the OpenTelemetry project; its current exporters no longer carry them.
import root from 'otlp-definitions/build/src/generated/root.js';

/** A message type, as far as it is used here: its own declarations don't say what is in the module. */
interface Message {
  decode(body: Uint8Array): object;
  toObject(message: object, options: object): object;
}

interface Definitions {
  opentelemetry: {
    proto: {
      collector: {
        trace: { v1: { ExportTraceServiceRequest: Message } };
        metrics: { v1: { ExportMetricsServiceRequest: Message } };
      };
    };
  };
}

const { trace, metrics } = (root as object as Definitions).opentelemetry.proto.collector;
const traceRequest = trace.v1.ExportTraceServiceRequest;
const metricRequest = metrics.v1.ExportMetricsServiceRequest;

type Attributes = Record<string, string | number | boolean>;

export interface ReceivedSpan {
  resource: Attributes;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  kind: string;
  startNs: bigint;
  endNs: bigint;
  attributes: Attributes;
  /** OK, ERROR or nothing. */
  status: string | undefined;
}

/** One point of one metric: the sum of a counter or a histogram, or the value of a gauge. */
export interface ReceivedPoint {
  resource: Attributes;
  metric: string;
  unit: string;
  kind: 'histogram' | 'sum' | 'gauge';
  attributes: Attributes;
  value: number;
  /** Of a histogram: how many were recorded. */
  count: number;
}

/** An OTLP receiver over HTTP with protobuf, in this process. */
export interface OtlpReceiver {
  endpoint: string;
  spans: ReceivedSpan[];
  points: ReceivedPoint[];
  contentTypes: Set<string>;
}

export async function startReceiver(t: TestContext): Promise<OtlpReceiver> {
  const received: OtlpReceiver = { endpoint: '', spans: [], points: [], contentTypes: new Set() };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      received.contentTypes.add(String(request.headers['content-type']));
      if (request.url === '/v1/traces') received.spans.push(...spansOf(body));
      if (request.url === '/v1/metrics') received.points.push(...pointsOf(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  received.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return received;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const body = await buffer(request);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** As protobufjs makes plain objects: enums by name, 64-bit numbers as text, bytes as base64. */
const plain = { enums: String, longs: String, bytes: String, arrays: true, objects: true } as const;

interface AnyValue {
  key: string;
  value?: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}

function attributesOf(list: readonly AnyValue[] = []): Attributes {
  return Object.fromEntries(
    list.map(({ key, value = {} }) => {
      const { stringValue, intValue, doubleValue, boolValue } = value;
      return [key, stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue ?? '') : Number(intValue))];
    }),
  );
}

interface SpanMessage {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: AnyValue[];
  status?: { code?: string };
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = traceRequest.toObject(traceRequest.decode(body), plain) as {
    resourceSpans: { resource: { attributes: AnyValue[] }; scopeSpans: { spans: SpanMessage[] }[] }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        resource: attributesOf(resource.attributes),
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        kind: span.kind,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        status: span.status?.code?.replace('STATUS_CODE_', ''),
      })),
    ),
  );
}

interface PointMessage {
  attributes: AnyValue[];
  asDouble?: number;
  asInt?: string;
  sum?: number;
  count?: string;
}

interface MetricMessage {
  name: string;
  unit: string;
  histogram?: { dataPoints: PointMessage[] };
  sum?: { dataPoints: PointMessage[] };
  gauge?: { dataPoints: PointMessage[] };
}

function pointsOf(body: Buffer): ReceivedPoint[] {
  const { resourceMetrics } = metricRequest.toObject(metricRequest.decode(body), plain) as {
    resourceMetrics: { resource: { attributes: AnyValue[] }; scopeMetrics: { metrics: MetricMessage[] }[] }[];
  };
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap((metric) =>
        (['histogram', 'sum', 'gauge'] as const).flatMap((kind) =>
          (metric[kind]?.dataPoints ?? []).map((point) => ({
            resource: attributesOf(resource.attributes),
            metric: metric.name,
            unit: metric.unit,
            kind,
            attributes: attributesOf(point.attributes),
            value: point.sum ?? point.asDouble ?? Number(point.asInt ?? 0),
            count: Number(point.count ?? 0),
          })),
        ),
      ),
    ),
  );
}

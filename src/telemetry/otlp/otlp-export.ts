import { randomUUID } from 'node:crypto';
import { metrics, trace } from '@opentelemetry/api';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { flushTelemetry } from '../flush.js';
import { scope } from '../names.js';
import { HeldSpans } from './held-spans.js';
import { loadSdk, type Sdk } from './sdk.js';

export interface OtlpOptions {
  /** Base address of an OTLP receiver over HTTP, such as `http://localhost:4318`. */
  endpoint: string;
  /** Name of this process within the run. */
  process: string;
  /** Share of operations that get spans, 0 to 1; metrics count all of them. */
  sampled: number;
  /** How often metrics are sent meanwhile; absent: only when flushed. */
  intervalMs?: number;
}

/** Telemetry on its way out of this process. */
export interface OtlpExport {
  /** Spans that were never sent, so far. */
  dropped(): number;
  /** Sends everything that is held, within `limitMs`. Resolves to what went wrong, in words, or undefined. */
  flush(limitMs: number): Promise<string | undefined>;
  /** Lets go of the SDK; what was not flushed is lost. */
  close(): void;
}

/** Spans that one process keeps at most: some 30 MB. */
export const mostSpans = 20_000;
/** How long a receiver may take to take one batch, attempts to reach it included. */
const batchMs = 3_000;
const neverMs = 2 ** 31 - 1;

/**
 * Registers OpenTelemetry's SDK in this process, which sends spans and metrics to `endpoint` over OTLP (HTTP, protobuf). The usual
 * variables are honoured: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`.
 * @returns `missing` where the SDK is not installed, `taken` where the program has registered one already
 */
export async function startOtlpExport(options: OtlpOptions): Promise<OtlpExport | 'missing' | 'taken'> {
  const sdk = await loadSdk();
  if (sdk === undefined) return 'missing';
  const { tracing, measuring, traceExporter, metricExporter } = sdk;
  const resource = resourceOf(sdk, options.process);
  const base = options.endpoint.replace(/\/+$/, '');
  const faults: string[] = [];
  const spanExporter = new traceExporter.OTLPTraceExporter({ url: `${base}/v1/traces`, timeoutMillis: batchMs });
  const metricsOut = new metricExporter.OTLPMetricExporter({ url: `${base}/v1/metrics`, timeoutMillis: batchMs });
  const held = new HeldSpans(spanExporter, mostSpans);
  const tracerProvider = new tracing.TracerProvider({
    resource,
    sampler: new tracing.ParentBasedSampler({ root: new tracing.TraceIdRatioBasedSampler(options.sampled) }),
    spanProcessors: [held],
  });
  const reader = new measuring.PeriodicExportingMetricReader({
    exporter: noting(metricsOut, faults),
    exportIntervalMillis: options.intervalMs ?? neverMs,
    exportTimeoutMillis: batchMs,
  });
  const meterProvider = new measuring.MeterProvider({ resource, readers: [reader] });
  if (!trace.setGlobalTracerProvider(tracerProvider)) return 'taken';
  if (!metrics.setGlobalMeterProvider(meterProvider)) {
    trace.disable();
    return 'taken';
  }
  return {
    dropped: () => held.dropped,
    flush: async (limitMs) => (await flushTelemetry(limitMs)) ?? faults[0],
    close() {
      trace.disable();
      metrics.disable();
      // Shutting the providers down would send once more, and wait for it.
      for (const exporter of [spanExporter, metricsOut]) void exporter.shutdown().catch(() => undefined);
    },
  };
}

/** The reader swallows what its exporter could not do; this keeps it. */
function noting(exporter: PushMetricExporter, faults: string[]): PushMetricExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (batch, done) =>
    send(batch, (result) => {
      if (result.code !== 0) faults.push(result.error?.message ?? 'the receiver refused metrics');
      done(result);
    });
  return exporter;
}

/** Each process is an instance of its own, so that cumulative metrics of two never mix. What the environment says wins. */
function resourceOf({ resources }: Sdk, process_: string) {
  const own = resources.resourceFromAttributes({
    'service.name': scope,
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
    'ipcbench.process.name': process_,
  });
  const asked = resources.detectResources({ detectors: [resources.envDetector] });
  return resources.defaultResource().merge(own).merge(asked);
}

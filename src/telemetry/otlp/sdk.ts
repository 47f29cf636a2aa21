/** The parts of OpenTelemetry's SDK that export needs; they are optional, and installed beside ipcbench by those who want them. */
export const sdkPackages = [
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/exporter-metrics-otlp-proto',
] as const;

export interface Sdk {
  tracing: typeof import('@opentelemetry/sdk-trace');
  measuring: typeof import('@opentelemetry/sdk-metrics');
  resources: typeof import('@opentelemetry/resources');
  traceExporter: typeof import('@opentelemetry/exporter-trace-otlp-proto');
  metricExporter: typeof import('@opentelemetry/exporter-metrics-otlp-proto');
}

/** Loads the SDK; undefined where it, or a part of it, is not installed. */
export async function loadSdk(): Promise<Sdk | undefined> {
  try {
    const [tracing, measuring, resources, traceExporter, metricExporter] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/exporter-metrics-otlp-proto'),
    ]);
    return { tracing, measuring, resources, traceExporter, metricExporter };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

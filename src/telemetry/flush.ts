import { metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';

/** What providers of an SDK can do beyond the API. */
interface Flushable {
  forceFlush?(): Promise<void>;
}

/**
 * Has the registered SDK send what it still holds, as far as it can within `limitMs`. Resolves to what went wrong, in words, or undefined.
 * Nothing is thrown: losing telemetry must not lose a run.
 */
export async function flushTelemetry(limitMs: number): Promise<string | undefined> {
  const proxy = trace.getTracerProvider();
  const tracing = (proxy instanceof ProxyTracerProvider ? proxy.getDelegate() : proxy) as Flushable;
  const measuring = metrics.getMeterProvider() as Flushable;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not taken within ${limitMs / 1000} s`), limitMs);
  });
  const sent = Promise.all([tracing.forceFlush?.(), measuring.forceFlush?.()]).then(() => undefined, reasonOf);
  const fault = await Promise.race([sent, late]);
  clearTimeout(timer);
  return fault;
}

/** The SDK rejects with one error, or with a list of them. */
function reasonOf(error: unknown): string {
  const [first] = Array.isArray(error) ? error : [error];
  return first instanceof Error ? first.message : String(first);
}

import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';

/** Spans of one request: what the SDK's own processor sends at once. */
const batchSpans = 512;

/**
 * Keeps the spans that have ended until it is told to send them, so that exporting does not disturb what is being measured. Those beyond
 * `most` are dropped, and counted.
 */
export class HeldSpans implements SpanProcessor {
  dropped = 0;
  readonly #exporter: SpanExporter;
  readonly #most: number;
  #held: ReadableSpan[] = [];

  constructor(exporter: SpanExporter, most: number) {
    this.#exporter = exporter;
    this.#most = most;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    // Sampled, as the flag of W3C Trace Context says; what is recorded only is not exported.
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.#held.length < this.#most) this.#held.push(span);
    else this.dropped += 1;
  }

  /** Sends all, batch by batch; gives the rest up when one is refused. */
  async forceFlush(): Promise<void> {
    const spans = this.#held;
    this.#held = [];
    for (let from = 0; from < spans.length; from += batchSpans) {
      try {
        await this.#send(spans.slice(from, from + batchSpans));
      } catch (error) {
        this.dropped += spans.length - from;
        throw error;
      }
    }
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #send(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exporter.export(spans, ({ code, error }) => {
        // ExportResultCode.SUCCESS is 0.
        if (code === 0) resolve();
        else reject(error ?? new Error('the receiver refused spans'));
      });
    });
  }
}

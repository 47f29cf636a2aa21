import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import { beginActivity, codeOf, type Ending, type SpanParent } from './activity.js';
import type { Instruments } from './instruments.js';
import { attributes, spans } from './names.js';

export interface OperationLabels {
  operation: string;
  strategy: string;
  /** Name of the client process. */
  process: string;
}

/** One operation as it is told: its own span, under which come those of its locks and calls. */
export class OperationSpan implements SpanParent {
  readonly context: Context;
  readonly labels: Attributes;
  /** The operation is over. */
  readonly end: Ending;

  /** `lateMs`: how long after it was due it starts. */
  constructor(tracer: Tracer, instruments: Instruments, labels: OperationLabels, lateMs: number) {
    this.labels = { [attributes.operation]: labels.operation, [attributes.strategy]: labels.strategy };
    const begun = beginActivity(tracer, spans.operation, {
      attributes: { ...this.labels, [attributes.process]: labels.process },
      parent: undefined,
      lateMs,
      record: (seconds, error) => {
        const outcome = codeOf(error) ?? (error === undefined ? 'ok' : 'error');
        instruments.responseDuration.record(seconds, { ...this.labels, [attributes.outcome]: outcome });
      },
    });
    this.context = begun.context;
    this.end = begun.end;
  }
}

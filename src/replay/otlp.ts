import { IpcbenchError } from '../errors.js';
import type { RunWarning } from '../measure/result.js';
import { mostSpans, type OtlpExport, startOtlpExport } from '../telemetry/otlp/otlp-export.js';
import { sdkPackages } from '../telemetry/otlp/sdk.js';
import type { Child } from './child.js';
import type { WorkerPlan } from './deal.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';
import { exportWithinMs } from './worker-export.js';

/** What an operation is told by, roughly: its own span, those of lock and hold, and some calls. */
const spansPerOperation = 10;
/** How often the main process sends what coordinators use. */
const intervalMs = 10_000;
/** For the message that asks, and the answer. */
const graceMs = 5_000;

/** Where a run exports its telemetry to, and how that went so far. */
export class OtlpTarget {
  readonly endpoint: string;
  readonly #export: OtlpExport;
  #fault: string | undefined;
  #dropped = 0;
  #leastSampled = 1;
  #closed = false;

  private constructor(endpoint: string, started: OtlpExport) {
    this.endpoint = endpoint;
    this.#export = started;
  }

  /**
   * Registers the SDK in this process.
   * @throws IpcbenchError `UNAVAILABLE` with the line that installs the SDK where it is missing, `BAD_OPTION` where another is registered
   */
  static async open(endpoint: string): Promise<OtlpTarget> {
    const started = await startOtlpExport({ endpoint, process: 'main', sampled: 1, intervalMs });
    if (started === 'missing')
      throw new IpcbenchError(
        'UNAVAILABLE',
        `--otlp needs OpenTelemetry's SDK, which is not installed: npm install ${sdkPackages.join(' ')}`,
      );
    if (started === 'taken')
      throw new IpcbenchError(
        'BAD_OPTION',
        'this program has registered an OpenTelemetry SDK of its own, which is told everything anyway: leave out --otlp',
      );
    return new OtlpTarget(endpoint, started);
  }

  /** A receiver that did not answer once is not waited for again. */
  get works(): boolean {
    return this.#fault === undefined;
  }

  /** Which share of a worker's operations gets spans, so that those of a long run fit into memory and cover all of it. */
  shareFor({ openOperations }: WorkerPlan): number {
    const sampled = Math.min(1, mostSpans / spansPerOperation / Math.max(1, openOperations));
    this.#leastSampled = Math.min(this.#leastSampled, sampled);
    return sampled;
  }

  /** After the measured part: sends what is held here and in the workers. A worker that has ended took its telemetry with it. */
  async collect(workers: readonly { child: Child<ToWorker, FromWorker> }[]): Promise<void> {
    if (!this.works) return;
    const pick = (message: FromWorker) => (message.kind === 'exported' ? message : undefined);
    const answers = workers.map(async ({ child }) => {
      const answer = child.expect(pick, 'hand over its telemetry', exportWithinMs + graceMs);
      child.send({ kind: 'export' });
      return answer.catch(() => undefined);
    });
    this.#fault ??= await this.#export.flush(exportWithinMs);
    for (const answer of await Promise.all(answers)) {
      this.#dropped += answer?.dropped ?? 0;
      this.#fault ??= answer?.fault;
    }
  }

  /** Sends the last of it, and lets go of the SDK; may be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.works) this.#fault ??= await this.#export.flush(exportWithinMs);
    this.#export.close();
  }

  /** What a reader of the report should know. */
  warnings(): RunWarning[] {
    const warnings: RunWarning[] = [
      {
        code: 'TRACED',
        text: 'operations, locks and calls were told to OpenTelemetry, which costs the workers time',
        advice: 'compare only with runs made with --otlp',
      },
    ];
    if (this.#fault !== undefined)
      warnings.push({
        code: 'TELEMETRY_LOST',
        text: `telemetry did not get to ${this.endpoint}: ${this.#fault}`,
        advice: 'the figures here are complete; is an OTLP receiver listening there, over HTTP?',
      });
    else if (this.#leastSampled < 1 || this.#dropped > 0)
      warnings.push({
        code: 'SPANS_SAMPLED',
        text: `spans are those of ${(100 * this.#leastSampled).toPrecision(2)} % of the operations${this.#dropped > 0 ? `, and ${this.#dropped} of them were dropped` : ''}`,
        advice: 'metrics count all of them',
      });
    return warnings;
  }
}

/** What a worker is told of it; nothing once the receiver has failed. */
export function otlpFor(target: OtlpTarget | undefined, worker: WorkerPlan): WorkerSetup['otlp'] {
  if (target === undefined || !target.works) return undefined;
  return { endpoint: target.endpoint, sampled: target.shareFor(worker) };
}

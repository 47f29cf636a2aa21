import { flushTelemetry } from '../telemetry/flush.js';
import { type OtlpExport, startOtlpExport } from '../telemetry/otlp/otlp-export.js';
import type { WorkerSetup } from './messages.js';

/** How a worker hands over what it told OpenTelemetry, whoever registered the SDK. */
export interface WorkerExport {
  /** After the measured part: sends what is held. `fault`: what went wrong, in words. */
  flush(): Promise<{ dropped: number; fault: string | undefined }>;
  /** Before the process ends: has an SDK of somebody else's send what it still holds. */
  leave(): Promise<void>;
}

/** How long a worker tries to hand over its telemetry, receiver down or not. */
export const exportWithinMs = 10_000;
const leaveWithinMs = 1_000;

/** Registers the SDK in this worker, where the run exports; one that came by `NODE_OPTIONS` is left as it is, and flushed. */
export async function startWorkerExport({ otlp, process }: WorkerSetup): Promise<WorkerExport> {
  const started = otlp === undefined ? undefined : await startOtlpExport({ ...otlp, process });
  const own: OtlpExport | undefined = typeof started === 'object' ? started : undefined;
  return {
    async flush() {
      const fault = await (own?.flush ?? flushTelemetry)(exportWithinMs);
      return { dropped: own?.dropped() ?? 0, fault };
    },
    async leave() {
      if (own === undefined) await flushTelemetry(leaveWithinMs);
    },
  };
}

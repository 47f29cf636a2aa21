import type { Phase } from '../measure/result.js';
import type { SpanParent } from '../telemetry/telemetry.js';

/** What one operation is doing right now; strategies refine it so that the report can print where the time went. */
export interface Meter {
  /** Enters a phase and returns the one that was left, to be entered again afterwards. */
  enter(phase: Phase): Phase;
  /** Counts one request with its reply: 1 call, 2 messages. One that was sent and never answered counts as well, with 0 bytes received. */
  call(bytesSent: number, bytesReceived: number): void;
  /** Counts one opened connection and the messages its handshake took. */
  connection(messages: number, bytesSent: number, bytesReceived: number): void;
  /** Counts one lock that came into being. */
  lockCreated(): void;
  /** Records one value of a figure that the workload has beside its latency; the name carries the unit: `gateWaitMs`. */
  figure?(name: string, value: number): void;
  /** Adds to a count of the workload, such as `recoveries`. */
  count?(name: string, by?: number): void;
  /** What it is done for, where an OpenTelemetry SDK listens: the spans of calls come under it. */
  readonly parent?: SpanParent | undefined;
}

/** A meter for callers that measure nothing, such as library users. */
export const noMeter: Meter = {
  enter: () => 'other',
  call: () => {},
  connection: () => {},
  lockCreated: () => {},
};

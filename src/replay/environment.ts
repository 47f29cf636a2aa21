import type { Clock } from '../measure/clock.js';
import type { Session } from '../strategies/strategy.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { ValueShape } from '../trace/operation.js';
import type { Alarm } from './alarm/alarm.js';
import type { EvidenceWriter } from './evidence.js';
import type { BodyMaker } from './marked-value.js';
import type { MemoryPeak } from './memory-peak.js';

/** What all operations of one worker share. */
export interface Environment {
  clock: Clock;
  alarm: Alarm;
  session: Session;
  evidence: EvidenceWriter;
  bodies: BodyMaker;
  /** What values of a structure look like unless a step says otherwise. */
  shapes: ReadonlyMap<string, ValueShape>;
  /** Structures whose every write stores what was read: only these can be checked for lost updates and stale reads. */
  verifiable: ReadonlySet<string>;
  /** Factor on every wait and computation. */
  workScale: number;
  /** Share of submits whose row is missing in the replica, 0 to 1; undefined: as recorded. */
  missRate?: number | undefined;
  /** Share of recorded rows that fan-out cycles make; undefined: as the trace says. */
  payloadScale: number | undefined;
  /** Computes for about so many milliseconds. */
  compute: (ms: number) => void;
  /** A number that no other write of the run has. */
  nextMark: () => number;
  /** Aborted when the run is over: pending acquisitions give up. */
  signal: AbortSignal;
  /** What operations are told to, where an OpenTelemetry SDK is registered. */
  telemetry?: Telemetry | undefined;
  /** What the memory of this process and of those it started is noted in. */
  memory?: MemoryPeak;
  /** Called when an operation has come to hold locks; set while a fault is to strike a holder. */
  onEntry?: (keys: readonly string[]) => void;
}

import type { Clock } from '../measure/clock.js';
import type { TraceOperation } from '../trace/operation.js';
import type { Alarm } from './alarm/alarm.js';
import type { OperationRun } from './operation-run.js';

/** An operation under way. */
export interface Begun {
  run: OperationRun;
  /** Notes that it has ended, with the error that ended it if there was one. */
  end(failure: unknown): void;
}

/** What lanes need to start operations. */
export interface Launcher {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly speed: number;
  /** Notes that an operation starts now, for drivers that do its work themselves. */
  begin(operation: TraceOperation, dueNs: number): Begun;
  /** Starts an operation now; resolves when it has ended, however it went. */
  launch(operation: TraceOperation, dueNs: number): Promise<void>;
}

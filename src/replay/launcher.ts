import type { Clock } from '../measure/clock.js';
import type { TraceOperation } from '../trace/operation.js';
import type { Alarm } from './alarm.js';

/** What lanes need to start operations. */
export interface Launcher {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly speed: number;
  /** Starts an operation now; resolves when it has ended, however it went. */
  launch(operation: TraceOperation, dueNs: number): Promise<void>;
}

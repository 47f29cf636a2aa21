import { IpcbenchError } from '../errors.js';
import { parseDurationMs } from '../measure/quantity.js';

export const faultKinds = [
  'kill-holder',
  'kill-worker',
  'pause-worker',
  'restart-coordinator',
  'kill-pool-worker',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Something to go wrong on purpose, at a time of the measured part. */
export interface Fault {
  kind: FaultKind;
  atMs: number;
  /** How long a paused worker stays stopped. */
  pauseMs: number;
  /** As the user wrote it. */
  text: string;
}

const defaultPauseMs = 3_000;

/**
 * Reads `kill-holder@5s`, `kill-worker@500ms`, `pause-worker:3s@5s` or `restart-coordinator@5s`.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function parseFault(text: string): Fault {
  const [, kind, pause, at = ''] = /^([a-z-]+)(?::([^@]+))?@(.+)$/.exec(text) ?? [];
  const known = faultKinds.find((name) => name === kind);
  const atMs = parseDurationMs(at);
  const pauseMs = pause === undefined ? defaultPauseMs : parseDurationMs(pause);
  const misplaced = pause !== undefined && known !== 'pause-worker';
  if (known === undefined || atMs === undefined || pauseMs === undefined || misplaced) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--fault ${text}: expected ${faultKinds.join(', ')}, then @ and a time, such as kill-holder@5s or pause-worker:3s@5s`,
    );
  }
  return { kind: known, atMs, pauseMs, text };
}

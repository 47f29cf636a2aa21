import type { ReplayProgress } from '../../replay/replay.js';

/** Tells how a run is coming along: a bar redrawn in place on a terminal, a line every few seconds otherwise. */
export interface ProgressTeller {
  tell(progress: ReplayProgress): void;
  /** Leaves the terminal clean. */
  end(): void;
}

const lineEveryMs = 5_000;
const barLetters = 24;

export function progressTeller(stream: NodeJS.WriteStream): ProgressTeller {
  const terminal = stream.isTTY === true;
  let lastLineMs = 0;
  let lastLabel = '';
  return {
    tell: (progress) => {
      const text = describe(progress, terminal);
      if (terminal) {
        stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
        return;
      }
      const label = 'label' in progress ? `${progress.label} ${progress.round}` : progress.stage;
      const nowMs = Date.now();
      if (label === lastLabel && nowMs - lastLineMs < lineEveryMs) return;
      [lastLabel, lastLineMs] = [label, nowMs];
      stream.write(`${text}\n`);
    },
    end: () => {
      if (terminal) stream.write('\r\u001b[2K');
    },
  };
}

function describe(progress: ReplayProgress, withBar: boolean): string {
  if (progress.stage === 'reading') return `reading the trace: ${progress.operations} operations`;
  const who = `${progress.label}${progress.rounds > 1 ? ` (round ${progress.round} of ${progress.rounds})` : ''}`;
  if (progress.stage === 'starting') return `${who}: starting processes`;
  const { elapsedMs, spanMs, sent, finished, inFlight } = progress;
  const share = Math.min(elapsedMs / Math.max(spanMs, 1), 1);
  const bar = withBar ? `[${'█'.repeat(Math.round(share * barLetters)).padEnd(barLetters, '·')}] ` : '';
  const time = share < 1 ? `${(elapsedMs / 1000).toFixed(0)} of ${(spanMs / 1000).toFixed(0)} s` : 'draining';
  return `${who}: ${bar}${time}, ${sent} sent, ${finished} finished, ${inFlight} in flight`;
}

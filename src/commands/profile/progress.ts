import type { CommandContext } from '../../context.js';
import type { Profile } from '../../measure/profile.js';
import { painter } from '../../report/paint.js';
import { liveView, progressLine } from '../../report/profile/live-view.js';
import { LiveScreen } from './live-screen.js';

/** What the user sees while a process is watched. */
export interface Progress {
  /** Ends the watch: a signal, or `q`. */
  signal: AbortSignal;
  show(profile: Profile): void;
  close(): void;
}

/** A table redrawn in place on a terminal, else a line a second; both on stderr. */
export function startProgress(context: CommandContext): Progress {
  if (!context.stderr.isTTY || context.env.TERM === 'dumb')
    return {
      signal: context.signal,
      show: (profile) => {
        if (profile.durationMs >= 1000) context.stderr.write(`${progressLine(profile)}\n`);
      },
      close: () => {},
    };
  const screen = new LiveScreen(context);
  const paint = painter(context.env.NO_COLOR === undefined || context.env.NO_COLOR === '');
  return {
    signal: AbortSignal.any([context.signal, screen.quit]),
    show: (profile) => screen.draw(liveView(profile, paint, screen.width, screen.height)),
    close: () => screen.close(),
  };
}

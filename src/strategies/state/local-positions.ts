import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '../coordinator/channel.js';
import type { SessionContext, State } from '../strategy.js';
import { EntryFiles } from './entry-files.js';
import { InvalidationFeed } from './invalidation-feed.js';
import { LocalPositionState } from './local-position-state.js';
import { PositionCache } from './position-cache.js';

/** Options of strategies that keep positions in files and copies of them in each process. */
export const localPositionOptions = {
  coherence: {
    type: 'choice',
    default: 'acknowledged',
    choices: ['acknowledged', 'pushed'],
    describe:
      'a write ends when every process has dropped its older copy (acknowledged) or once the coordinator knows of it (pushed: reads may be stale)',
  },
  lease: {
    type: 'duration',
    default: 2000,
    min: 100,
    describe:
      'how long a process trusts its copies without word from the coordinator, and a write waits for a silent process',
  },
} as const;

export interface LocalPositionOptions {
  coherence: 'acknowledged' | 'pushed';
  lease: number;
}

/** What users of such a cache believe: with pushed invalidations, that a copy is as good as new after a moment. */
export function localPositionClaims({ coherence }: LocalPositionOptions) {
  return { exclusion: true, noLostUpdates: true, maxStalenessMs: coherence === 'acknowledged' ? 0 : 100 };
}

/**
 * Structures of group `position` in files under the strategy's folder with copies in this process; all else in `rest`. Resolves once
 * copies are kept, or the coordinator has been silent for a lease: without it the files can still be read.
 */
export async function openLocalPositions(
  context: Pick<SessionContext<LocalPositionOptions>, 'options' | 'directory' | 'structures'>,
  channel: Channel,
  rest: State,
): Promise<{ state: State; close(): Promise<void> }> {
  const local = new Set(
    context.structures.filter(({ group, kind }) => group === 'position' && kind !== 'queue').map(({ name }) => name),
  );
  const cache = new PositionCache();
  const feed = new InvalidationFeed(channel, cache, context.options.lease);
  const state = new LocalPositionState({
    rest,
    isLocal: (structure) => local.has(structure),
    files: new EntryFiles(join(context.directory, 'positions')),
    cache,
    feed,
    acknowledged: context.options.coherence === 'acknowledged',
  });
  await Promise.race([feed.begun, sleep(context.options.lease, undefined, { ref: false })]);
  return { state, close: () => feed.close() };
}

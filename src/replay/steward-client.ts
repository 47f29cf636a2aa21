import { messageOf } from '../errors.js';
import type { Steward } from './fleet.js';
import type { FromSteward, Gauges } from './messages.js';
import type { ReadFinals } from './oracle.js';

const withinMs = 60_000;
const gaugesWithinMs = 5_000;
const entriesPerRequest = 500;

/**
 * Reads the final state back through the steward, in requests of bounded size.
 * @param onFailure told why, once, when the steward cannot read any more; from then on nothing is read
 */
export function readFinalsThrough(steward: Steward, onFailure: (reason: string) => void): ReadFinals {
  let id = 0;
  let failed = false;
  const read = async (entries: [structure: string, key: string][]): Promise<(number | null)[]> => {
    const request = ++id;
    const answer = steward.expect(
      (message) => (message.kind === 'finals' && message.id === request ? message.versions : undefined),
      'read the final state back',
      withinMs,
    );
    steward.send({ kind: 'finals', id: request, entries });
    return answer;
  };
  return async (entries) => {
    const versions: (number | null)[] = [];
    try {
      for (let from = 0; from < entries.length && !failed; from += entriesPerRequest)
        versions.push(...(await read(entries.slice(from, from + entriesPerRequest))));
    } catch (error) {
      failed = true;
      onFailure(messageOf(error));
    }
    return failed ? undefined : versions;
  };
}

/** What the strategy's servers hold right now; nothing where they cannot be asked any more. */
export async function readGaugesThrough(steward: Steward): Promise<Gauges> {
  const pick = (message: FromSteward): Gauges | undefined =>
    message.kind === 'gauges' ? message.workloads : undefined;
  const answer = steward.expect(pick, 'read what the servers hold', gaugesWithinMs);
  steward.send({ kind: 'gauges' });
  return answer.catch(() => ({}));
}

import { plainChallengeId } from '../../measure/challenge.js';
import type { Assignment } from './submission.js';

type Names = Pick<Assignment, 'account' | 'epoch' | 'tier' | 'cid'>;

/**
 * What names a row, as servers and their replica compare it: a challenge id may come in capitals, and half of a surrogate pair has no
 * UTF-8, in which names are hashed and kept, so that it stands for a replacement character wherever it goes.
 */
export function plainNames({ account, epoch, tier, cid }: Names): Names {
  return {
    account: inUtf8(account),
    epoch: inUtf8(epoch),
    ...(tier === undefined ? {} : { tier: inUtf8(tier) }),
    cid: plainChallengeId(cid),
  };
}

function inUtf8(text: string): string {
  return /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text;
}

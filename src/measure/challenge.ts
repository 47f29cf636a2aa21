import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What generated traces were made with; real ones have a secret of their own. */
export const generatedSecret = 'ipcbench';

/** Hex digits of a challenge id. */
export const challengeDigits = 64;

const challengeForm = new RegExp(`^[0-9a-f]{${challengeDigits}}$`, 'i');

/** Whether a text has the form of a challenge id, in whichever case. */
export function isChallengeId(text: string): boolean {
  return challengeForm.test(text);
}

/** The one form of a challenge id that others may write in capitals. */
export function plainChallengeId(text: string): string {
  return text.toLowerCase();
}

/** `|` keeps the parts apart, so none in a name may pass for one: no two rows share a challenge id by the way they are written. */
function part(text: string): string {
  return /[%|]/.test(text) ? text.replaceAll('%', '%25').replaceAll('|', '%7C') : text;
}

/** What all challenge ids of one allotment have in common. */
export function allotmentName(account: string, epoch: string, tier: string): string {
  return `${part(account)}|${part(epoch)}|${part(tier)}`;
}

/** A secret made ready once, which saves a third of the time of each challenge id. */
export function challengeKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret));
}

/** The challenge id of one row: HMAC-SHA256(secret, account | epoch | tier | seq), in hex. */
export function challengeId(key: KeyObject, allotment: string, seq: number): string {
  return createHmac('sha256', key).update(`${allotment}|${seq}`).digest('hex');
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { IpcbenchError, messageOf } from '../errors.js';

const leastLetters = 16;

/**
 * Reads what the processes of a run share and nobody else may know.
 * @throws IpcbenchError `FILE` when it cannot be read or is too short to be a secret
 */
export function readSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new IpcbenchError('FILE', `--secret-file ${path}: ${messageOf(error)}`, { cause: error });
  }
  if (text.length >= leastLetters) return text;
  throw new IpcbenchError(
    'FILE',
    `--secret-file ${path}: ${text.length} letters are no secret; give at least ${leastLetters}, such as those of \`openssl rand -hex 32\``,
  );
}

/** What tells one secret from another and gives none away: reports carry it. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update('ipcbench fingerprint\0').update(secret).digest('hex').slice(0, 12);
}

import { readFile } from 'node:fs/promises';
import { IpcbenchError, messageOf } from '../../errors.js';
import { generatedSecret } from '../../measure/challenge.js';

/**
 * What challenge ids are made with.
 * @param path empty: that of generated traces
 * @throws IpcbenchError `FILE` for a file that cannot be read, or holds nothing
 */
export async function readChallengeSecret(path: string): Promise<string> {
  if (path === '') return generatedSecret;
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new IpcbenchError('FILE', `secret-file=${path}: ${messageOf(error)}`, { cause: error });
  });
  const secret = text.trim();
  if (secret === '') throw new IpcbenchError('FILE', `secret-file=${path}: it is empty; expected a secret in it`);
  return secret;
}

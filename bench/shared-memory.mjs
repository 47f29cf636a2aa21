// shared-memory against file-locks: alone, and with two and eight processes that all want the same lock.
import { pathToFileURL } from 'node:url';
import { contendedRow, uncontendedRows } from './kernel-locks/rows.mjs';

export const title = 'shared-memory: lock and unlock, alone and contended with a 1 ms section';

export async function run() {
  const rows = await uncontendedRows(['shared-memory', 'file-locks'], 'shared-memory');
  for (const processes of [2, 8]) {
    for (const kind of ['shared-memory', 'shared-memory:futexWaitv=false', 'file-locks'])
      rows.push(await contendedRow(kind, processes));
  }
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());

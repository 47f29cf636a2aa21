// file-locks against proper-lockfile: alone, and with two and eight processes that all want the same lock.
import { pathToFileURL } from 'node:url';
import { contendedRow, uncontendedRows } from './kernel-locks/rows.mjs';

export const title = 'file-locks: lock and unlock, alone and contended with a 1 ms section';

export async function run() {
  const rows = await uncontendedRows(['file-locks', 'file-locks:fencing=true', 'proper-lockfile'], 'file-locks');
  for (const processes of [2, 8]) {
    for (const kind of ['file-locks', 'proper-lockfile']) rows.push(await contendedRow(kind, processes));
  }
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());

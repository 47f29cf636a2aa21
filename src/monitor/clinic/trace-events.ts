import { createReadStream } from 'node:fs';
import { open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How Node begins and ends a file of trace events. */
const beginning = '{"traceEvents":[';
const ending = ']}';

/**
 * Puts the files that Node has split its trace events over into one, as clinic wants them; a file of a process that was killed lacks its
 * ending. (`@clinic/node-trace-log-join` is for that, and fails on Node 20 when there is more than one file.)
 */
export async function joinTraceEvents(directory: string, output: string): Promise<void> {
  const files = await traceFiles(directory);
  const [only, ...others] = files;
  if (only === undefined) throw new Error('Node wrote no trace events');
  if (others.length === 0) return rename(only, output);
  const joined = await open(output, 'w');
  try {
    for (const [index, file] of files.entries()) {
      await joined.appendFile(index === 0 ? beginning : ',');
      for await (const piece of createReadStream(file, await eventsOf(file))) await joined.appendFile(piece as Buffer);
    }
    await joined.appendFile(ending);
  } finally {
    await joined.close();
  }
}

/** In the order of their events. */
async function traceFiles(directory: string): Promise<string[]> {
  const numbered = (await readdir(directory)).flatMap((name) => {
    const [, rotation] = /^node_trace\.(\d+)\.log$/.exec(name) ?? [];
    return rotation === undefined ? [] : [{ path: join(directory, name), rotation: Number(rotation) }];
  });
  return numbered.sort((a, b) => a.rotation - b.rotation).map(({ path }) => path);
}

/** First and last byte of what lies between beginning and ending. */
async function eventsOf(file: string): Promise<{ start: number; end: number }> {
  const { size } = await stat(file);
  const handle = await open(file);
  try {
    const tail = Buffer.alloc(ending.length);
    await handle.read(tail, 0, tail.length, Math.max(size - tail.length, 0));
    return { start: beginning.length, end: size - 1 - (tail.toString() === ending ? ending.length : 0) };
  } finally {
    await handle.close();
  }
}

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { IpcbenchError, isIpcbenchError, systemCodeOf } from '../errors.js';
import type { TraceHeader, TraceOperation } from './operation.js';

/** Why a file could not be written, where the system's code says it too shortly. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'its folder may not be written to',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

const blockCharacters = 64 * 1024;

/** The lines of a trace, in blocks. */
export async function* traceText(
  header: TraceHeader,
  operations: Iterable<TraceOperation> | AsyncIterable<TraceOperation>,
): AsyncGenerator<string> {
  let block = `${JSON.stringify(header)}\n`;
  for await (const operation of operations) {
    block += `${JSON.stringify(operation)}\n`;
    if (block.length < blockCharacters) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

/**
 * Writes a trace to `path`, compressed where it ends in `.gz`: to a temporary file beside it first, so that `path` holds either what
 * it held before or the whole trace.
 * @throws IpcbenchError `FILE` when it cannot be written; what `operations` throws
 */
export async function writeTrace(
  path: string,
  header: TraceHeader,
  operations: Iterable<TraceOperation> | AsyncIterable<TraceOperation>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  const text = Readable.from(traceText(header, operations), { objectMode: false });
  try {
    const file = createWriteStream(temporary, { flags: 'wx' });
    await (path.endsWith('.gz') ? pipeline(text, createGzip(), file) : pipeline(text, file));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const code = systemCodeOf(error);
    if (code === undefined || isIpcbenchError(error)) throw error;
    throw new IpcbenchError('FILE', `${path}: cannot be written: ${reasons[code] ?? code}`, { cause: error });
  }
}

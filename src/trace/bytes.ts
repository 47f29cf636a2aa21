import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { IpcbenchError, messageOf, systemCodeOf } from '../errors.js';

const chunkBytes = 256 * 1024;

/** A trace as a file that can be read several times. */
export interface LocalTrace {
  path: string;
  /** How messages call it. */
  name: string;
  /** Removes what was written for it, if anything was. */
  dispose(): Promise<void>;
}

export interface SpoolOptions {
  /** What `-` reads from. Default: this process' own standard input. */
  stdin?: Readable;
  /** How messages call the file, where that is not its path. */
  name?: string;
  signal?: AbortSignal;
}

/**
 * The file behind `path`. Standard input (`-`) and pipes can be read only once: they are copied to a private temporary file (folder
 * 0700) that is gone after `dispose`.
 * @throws IpcbenchError `FILE` when there is nothing to read, `ABORTED`
 */
export async function localTrace(path: string, options: SpoolOptions = {}): Promise<LocalTrace> {
  if (path === '-') return spool(options.stdin ?? process.stdin, options.name ?? 'stdin', options.signal);
  const name = options.name ?? path;
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  if (stats.isDirectory()) throw new IpcbenchError('FILE', `${name}: is a folder, expected a trace file`);
  if (!stats.isFile()) return spool(createReadStream(path), name, options.signal);
  return { path, name, dispose: async () => {} };
}

async function spool(input: Readable, name: string, signal: AbortSignal | undefined): Promise<LocalTrace> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-trace-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'trace');
  try {
    await pipelineDone(input, createWriteStream(path, { mode: 0o600 }), signal === undefined ? {} : { signal });
  } catch (error) {
    await dispose();
    if (signal?.aborted) throw new IpcbenchError('ABORTED', `reading ${name} was interrupted`, { cause: error });
    throw unreadable(name, error);
  }
  return { path, name, dispose };
}

/** The decompressed bytes of a file, plain or gzip as its first bytes tell. @throws IpcbenchError `FILE` */
export async function openBytes(path: string, name: string): Promise<Readable> {
  const handle = await open(path).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const file = handle.createReadStream({ start: 0, highWaterMark: chunkBytes });
  // RFC 1952: a gzip member starts with 1f 8b
  if (bytesRead < 2 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) return file;
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  pipeline(file, unpacked, () => {});
  return unpacked;
}

/** Whether reading failed because the file ends in the middle of its compressed data. */
export function isCutShort(error: unknown): boolean {
  return systemCodeOf(error) === 'Z_BUF_ERROR';
}

/** Any failure to read, as an error that says what to do. */
export function unreadable(name: string, error: unknown): IpcbenchError {
  const code = systemCodeOf(error);
  if (code === 'ENOENT') return new IpcbenchError('FILE', `${name}: no such file`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new IpcbenchError('FILE', `${name}: may not be read, check its permissions`, { cause: error });
  return new IpcbenchError('FILE', `${name}: cannot be read: ${messageOf(error)}`, { cause: error });
}

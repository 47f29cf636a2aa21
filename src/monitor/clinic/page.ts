import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IpcbenchError } from '../../errors.js';
import type { Recording } from './recording.js';
import type { ClinicToolName } from './tool.js';

/** Sent to the process that makes a page. */
export interface PageOrder {
  tool: ClinicToolName;
  /** Folder of the tool's package. */
  folder: string;
  /** What was recorded. */
  directory: string;
  /** File to write. */
  page: string;
}

export type PageReply = { kind: 'done' } | { kind: 'failed'; message: string };

/** A page takes some seconds; a recording of many gigabytes would take for ever. */
const renderWithinMs = 300_000;

/**
 * Makes clinic's own page of a recording, in a process of its own that ends with this one.
 * @throws IpcbenchError `UNAVAILABLE` when nothing usable was recorded; then there is no page, nor half of one
 */
export async function makePage(recording: Recording, page: string): Promise<void> {
  const { tool, folder } = recording.installed;
  const failed = (why: string): IpcbenchError =>
    new IpcbenchError('UNAVAILABLE', `clinic ${tool.name} made no page of what was recorded: ${why}`);
  // One of an earlier run would be taken for this one's.
  rmSync(page, { force: true });
  if (!recording.started) throw failed('the process ended before it could record anything');
  const reply = await replyTo({ tool: tool.name, folder, directory: recording.directory, page });
  if (reply.kind === 'failed') throw failed(reply.message);
}

function replyTo(order: PageOrder): Promise<PageReply> {
  const program = fileURLToPath(new URL('./page-process.js', import.meta.url));
  // What clinic prints, and the signal that Ctrl-C sends to the whole process group, are not for it.
  const child = fork(program, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [], detached: true });
  return new Promise<PageReply>((resolve) => {
    const fail = (message: string): void => resolve({ kind: 'failed', message });
    const timer = setTimeout(() => fail(`it took over ${renderWithinMs / 1000} s`), renderWithinMs);
    child.once('message', (reply) => resolve(reply as PageReply));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`the process that makes it ended with ${signal ?? `exit code ${code}`}`);
    });
    child.send(order);
  }).finally(() => child.kill('SIGKILL'));
}

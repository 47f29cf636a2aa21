import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Answer, LockSetup, Request } from './kernel-lock-client.js';

const program = fileURLToPath(new URL('./kernel-lock-client.js', import.meta.url));

/** A client process as a test sees it. */
export class LockProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  /** Sections that a `sectionsUntilTold` has reported so far. */
  sections = 0;
  onSection = (): void => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: { id?: number; answer: Answer; sections?: number }) => {
      if (message.sections !== undefined) {
        this.sections = message.sections;
        this.onSection();
      } else if (message.id !== undefined) this.#waiting.get(message.id)?.(message.answer);
    });
    child.on('exit', () => {
      for (const settle of this.#waiting.values()) settle({ failed: 'EXITED' });
    });
  }

  /** Starts one that is ended with the test, whatever happens. */
  static async start(context: TestContext, setup: LockSetup): Promise<LockProcess> {
    const child = fork(program, [], { env: { ...process.env, LOCK_CLIENT: JSON.stringify(setup) } });
    context.after(() => end(child));
    await once(child, 'message');
    return new LockProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs one that exits while it opens its locks; resolves to how it ended. */
  static async exitingAfter(setup: LockSetup, afterMs: number): Promise<[code: number | null, signal: string | null]> {
    const env = { ...process.env, LOCK_CLIENT: JSON.stringify(setup), EXIT_AFTER_MS: String(afterMs) };
    return (await once(fork(program, [], { env }), 'exit')) as [number | null, string | null];
  }

  static startMany(context: TestContext, setup: LockSetup, count: number): Promise<LockProcess[]> {
    return Promise.all(Array.from({ length: count }, () => LockProcess.start(context, setup)));
  }

  /** Rejects with the error's code as its message. */
  async ask<T = unknown>(request: Request): Promise<T> {
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, request });
    });
    this.#waiting.delete(id);
    if ('failed' in answer) throw new Error(answer.failed);
    return answer.done as T;
  }

  async kill(): Promise<void> {
    await end(this.#child);
  }

  /** Resolves to the exit code once the process has ended. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** A private folder that goes with the test. */
export async function privateFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-locks-'));
  context.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

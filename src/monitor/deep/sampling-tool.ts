import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { IpcbenchError, messageOf } from '../../errors.js';

/** A profiler of someone else's that attaches to a running process. */
interface Tool {
  name: 'py-spy' | 'perf';
  install: string;
  arguments(pid: number, file: string): string[];
  /** The text of its profile. */
  read(file: string): Promise<string>;
}

/** Samples a second: enough to rank functions, little enough not to be felt; off the beat of timers that run at 100 Hz. */
const rate = '99';

const tools: Record<Tool['name'], Tool> = {
  'py-spy': {
    name: 'py-spy',
    install: 'pip install py-spy',
    arguments: (pid, file) => [
      'record',
      '--pid',
      String(pid),
      '--rate',
      rate,
      '--function',
      '--format',
      'raw',
      '--output',
      file,
    ],
    read: (file) => readFile(file, 'utf8'),
  },
  perf: {
    name: 'perf',
    install: 'apt-get install linux-perf',
    arguments: (pid, file) => ['record', '-F', rate, '-g', '-p', String(pid), '-o', file],
    read: async (file) => {
      const options = { maxBuffer: 1 << 29 };
      return (await promisify(execFile)('perf', ['script', '-i', file], options)).stdout;
    },
  },
};

/** How long it may take to write its profile. */
const patienceMs = 60_000;

/** A profile being taken by `py-spy` or `perf`. */
export class SamplingTool {
  readonly #tool: Tool;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown>;
  #said = '';

  private constructor(tool: Tool, child: ChildProcess, folder: string) {
    this.#tool = tool;
    this.#child = child;
    this.#folder = folder;
    this.#exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk).slice(-2000);
      });
  }

  /**
   * Starts the tool on a process.
   * @throws IpcbenchError `UNAVAILABLE` with the line that installs it where it is missing, or with what it says where it can't attach
   */
  static async start(name: Tool['name'], pid: number): Promise<SamplingTool> {
    const tool = tools[name];
    const installed = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
    if (!installed)
      throw new IpcbenchError(
        'UNAVAILABLE',
        `profiling process ${pid} needs ${name}, which is not installed: ${tool.install}`,
      );
    const folder = await mkdtemp(join(tmpdir(), 'ipcbench-profile-'));
    // A group of its own: Ctrl-C is for this process, which then asks the tool to end.
    const child = spawn(name, tool.arguments(pid, join(folder, 'profile')), {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const running = new SamplingTool(tool, child, folder);
    const ended = await Promise.race([running.#exited.then(() => true), delay(500, false)]);
    if (!ended) return running;
    await rm(folder, { recursive: true, force: true });
    throw running.#failure(pid);
  }

  get name(): string {
    return this.#tool.name;
  }

  /**
   * Ends it and takes its profile.
   * @throws IpcbenchError `UNAVAILABLE` when it left none
   */
  async finish(): Promise<string> {
    try {
      this.#child.kill('SIGINT');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
      await this.#exited;
      clearTimeout(timer);
      return await this.#tool.read(join(this.#folder, 'profile'));
    } catch (error) {
      throw new IpcbenchError(
        'UNAVAILABLE',
        `${this.#tool.name} left no profile: ${this.#lastWords() || messageOf(error)}`,
      );
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  #failure(pid: number): IpcbenchError {
    return new IpcbenchError('UNAVAILABLE', `${this.#tool.name} cannot attach to process ${pid}: ${this.#lastWords()}`);
  }

  #lastWords(): string {
    return this.#said.trim().replace(/\s+/g, ' ').slice(-300);
  }
}

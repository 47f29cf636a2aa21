import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedStrategy, loadStrategy } from '#src/strategies/index.js';
import type { CoordinatorPlan, Session, StructureDeclaration } from '#src/strategies/strategy.js';
import type { Answer, Command } from './client-process.js';
import type { PlainError } from './plain-error.js';

const besideThis = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The structures that tests use, of the group that strategies treat most differently. */
const structures: readonly StructureDeclaration[] = [
  ...['things', 'odd', 'patched', 'bulk', 'large', 'counts'].map(
    (name) => ({ name, kind: 'dict', group: 'position' }) as const,
  ),
  { name: 'work', kind: 'queue', group: 'general' },
];

/** A call to a client process that failed there. */
export class RemoteError extends Error {
  readonly code: string | undefined;

  constructor(error: PlainError) {
    super(error.message);
    this.code = error.code;
  }
}

/** A client process with one session, told what to do by messages. */
export class Client {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #count = 0;

  constructor() {
    this.child = fork(besideThis('client-process.js'), { serialization: 'advanced' });
    this.child.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.number);
      this.#waiting.delete(answer.number);
      if (answer.error !== undefined) waiting?.reject(new RemoteError(answer.error));
      else waiting?.resolve(answer.result);
    });
    this.child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the client process has ended'));
    });
  }

  send(command: Command): Promise<unknown> {
    const number = ++this.#count;
    this.child.send({ number, command });
    return new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
  }

  async acquire(keys: string[], timeoutMs = 20_000, abortAfterMs?: number): Promise<RemoteHandle> {
    const extra = abortAfterMs === undefined ? {} : { abortAfterMs };
    const reply = await this.send({ do: 'acquire', keys, timeoutMs, ...extra });
    const { handle, ...rest } = reply as { handle: number; fencingToken?: number; guards?: string[] };
    return { ...rest, release: async () => void (await this.send({ do: 'release', handle })) };
  }

  state(method: keyof Session['state'], ...given: unknown[]): Promise<unknown> {
    return this.send({ do: 'state', method, given });
  }

  scenario(name: string, given: unknown): Promise<unknown> {
    return this.send({ do: 'scenario', name, given });
  }

  close(): Promise<unknown> {
    return this.send({ do: 'close' });
  }

  async kill(): Promise<void> {
    await ended(this.child, 'SIGKILL');
  }
}

export interface RemoteHandle {
  fencingToken?: number;
  guards?: string[];
  release(): Promise<void>;
}

/** The coordinators of a strategy in processes of their own, and as many clients as a test wants. */
export class Stage {
  readonly loaded: LoadedStrategy;
  readonly directory: string;
  readonly secret = 'a secret of this test';
  readonly addresses: Record<string, string> = {};
  readonly coordinators: Record<string, ChildProcess> = {};
  readonly clients: Client[] = [];
  /** Processes to kill when a coordinator is to die: a program may run its server in another process than its own. */
  readonly #serverPids: number[] = [];
  readonly #sessions: Session[] = [];
  #killed = false;

  private constructor(loaded: LoadedStrategy, directory: string) {
    this.loaded = loaded;
    this.directory = directory;
  }

  static async open(spec: string): Promise<Stage> {
    const stage = new Stage(await loadStrategy(spec), await mkdtemp(join(tmpdir(), 'ipcb-')));
    for (const plan of stage.#plans()) await stage.#start(plan);
    return stage;
  }

  #plans(): readonly CoordinatorPlan[] {
    return this.loaded.strategy.coordinators(this.loaded.options);
  }

  async #start({ name, program, config }: CoordinatorPlan): Promise<void> {
    const child = fork(besideThis('coordinator-process.js'), { serialization: 'advanced' });
    this.coordinators[name] = child;
    child.send({ program, context: { name, config, directory: this.directory, secret: this.secret } });
    const [started] = (await once(child, 'message')) as [{ address?: string; pid?: number; error?: string }];
    const { address, pid, error } = started;
    if (address === undefined || pid === undefined) throw new Error(`${name}: ${error}`);
    this.#serverPids.push(pid);
    this.addresses[name] = address;
  }

  contextFor(process: string) {
    const { addresses, directory, secret } = this;
    return { process, addresses, directory, secret, structures };
  }

  async client(): Promise<Client> {
    const client = new Client();
    this.clients.push(client);
    const context = this.contextFor(`client-${this.clients.length}`);
    await client.send({ do: 'connect', reference: this.loaded.reference, context });
    return client;
  }

  async clientsOf(count: number): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => this.client()));
  }

  /** A session in the test's own process. */
  async connect(process = 'test'): Promise<Session> {
    const session = await this.loaded.strategy.connect({
      ...this.contextFor(process),
      options: this.loaded.options,
    });
    this.#sessions.push(session);
    return session;
  }

  async killCoordinators(): Promise<void> {
    for (const pid of this.#serverPids.splice(0)) process.kill(pid, 'SIGKILL');
    await Promise.all(Object.values(this.coordinators).map((child) => ended(child)));
    // What a killed process leaves in the folder is the run's to remove.
    this.#killed = true;
  }

  /** Starts the coordinators again where they were killed, in the same folder. */
  async restartCoordinators(): Promise<void> {
    await this.killCoordinators();
    for (const plan of this.#plans()) await this.#start(plan);
    this.#killed = false;
  }

  /** Starts the coordinators while they run. */
  async startAgain(): Promise<void> {
    const running = { ...this.coordinators };
    try {
      for (const plan of this.#plans()) await this.#start(plan);
    } finally {
      for (const [name, child] of Object.entries(running)) {
        if (this.coordinators[name] !== child) await ended(this.coordinators[name] ?? child);
        this.coordinators[name] = child;
      }
    }
  }

  /** Ends everything; resolves to what was left in the strategy's folder by then, unless a coordinator was killed. */
  async close(): Promise<string[]> {
    // A test that failed has not closed its own; an open one would keep the test's process alive until it times out.
    await Promise.allSettled(this.#sessions.map((session) => session.close()));
    await Promise.all(this.clients.map(({ child }) => ended(child)));
    await Promise.all(Object.values(this.coordinators).map((child) => ended(child)));
    // Positions that a strategy keeps in files are the user's data, not something left behind.
    const left = (await readdir(this.directory).catch(() => [])).filter((name) => name !== 'positions');
    await rm(this.directory, { recursive: true, force: true });
    return this.#killed ? [] : left;
  }
}

/** Hangs up on a child, or kills it, and waits for its end. */
export async function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (signal !== undefined) child.kill(signal);
  else if (child.connected) child.disconnect();
  await exit;
}

import type { Claims } from '../measure/claims.js';
import type { FanOut } from './fan-out/cycle.js';
import type { Meter } from './meter.js';
import type { Submits } from './submit/submission.js';

export type { Answer, Cycle, FanOut, Miner, MinerResponse, Row } from './fan-out/cycle.js';
export { type Meter, noMeter } from './meter.js';
export type {
  Assignment,
  HttpEndpoint,
  Submission,
  SubmitAnswer,
  SubmitRequest,
  Submits,
} from './submit/submission.js';

/**
 * The contract between the replay and a strategy. A strategy is one way to guard and carry shared state between processes; it neither
 * times, prints, retries nor exits. `docs/writing-a-strategy.md` walks through it.
 */

/** A value as it crosses between processes: what MessagePack carries. */
export type Value = null | boolean | number | string | Uint8Array | Value[] | { [field: string]: Value };
export type Fields = { [field: string]: Value };

export interface AcquireOptions {
  /** Milliseconds to wait at most; the promise then rejects with `LOCK_TIMEOUT` and nothing is held. */
  timeoutMs: number;
  /** Gives up at once when aborted: rejects with `ABORTED` and nothing is held. */
  signal?: AbortSignal;
}

/** One write that may travel together with a release. */
export interface PendingWrite {
  structure: string;
  key: string;
  value: Value;
}

/** Locks that are held. Releasing twice is harmless: a releaser works once. */
export interface LockHandle {
  /** Grows with each grant of the same lock, where the strategy can tell; a store can refuse writers with an older one. */
  readonly fencingToken: number | undefined;
  /** Identity of the physical lock behind each key, where several keys share one (a pool's slot). Undefined: one lock per key. */
  readonly guards?: readonly string[];
  /** @throws IpcbenchError `LOCK_LOST` when the lock had been lost meanwhile (lease run out, coordinator gone) */
  release(meter?: Meter): Promise<void>;
  /** Stores a last value and releases in one call, where the strategy can. */
  releaseWith?(write: PendingWrite, meter?: Meter): Promise<void>;
}

export interface Locks {
  /**
   * Takes the locks of all `keys` (any strings; duplicates count once) or none of them.
   * @throws IpcbenchError `LOCK_TIMEOUT`, `ABORTED`, `COORDINATOR_LOST`, `CLOSED`
   */
  acquire(keys: readonly string[], options: AcquireOptions, meter?: Meter): Promise<LockHandle>;
}

/** A change to some fields of one value, made where the value lives if the strategy can, or by reading and writing back all of it. */
export interface Patch {
  set?: Fields;
  /** Amounts to add to numeric fields; a missing field counts as 0. */
  add?: Record<string, number>;
}

/** Shared structures by name. Keys are any strings (`__proto__` and the empty one included). */
export interface State {
  get(structure: string, key: string, meter?: Meter): Promise<Value | undefined>;
  set(structure: string, key: string, value: Value, meter?: Meter): Promise<void>;
  /** Applies `patch` to a value that is an object; a missing value starts as `{}`. Resolves to the fields in `add`, after adding. */
  patch(structure: string, key: string, patch: Patch, meter?: Meter): Promise<Record<string, number>>;
  /** Patches several values; in one call where the strategy can. Resolves to what each `patch` resolves to, in order. */
  patchMany(
    structure: string,
    patches: readonly (readonly [key: string, patch: Patch])[],
    meter?: Meter,
  ): Promise<Record<string, number>[]>;
  delete(structure: string, key: string, meter?: Meter): Promise<void>;
  keys(structure: string, meter?: Meter): Promise<string[]>;
  /** All entries: one call that carries everything where the strategy has one. */
  entries(structure: string, meter?: Meter): Promise<[string, Value][]>;
  /** Stores several values; in one call where the strategy can. */
  setMany(structure: string, entries: readonly (readonly [string, Value])[], meter?: Meter): Promise<void>;
  /** Makes `entries` the whole content: what is not among them is deleted. */
  replaceAll(structure: string, entries: readonly (readonly [string, Value])[], meter?: Meter): Promise<void>;
  clear(structure: string, meter?: Meter): Promise<void>;
  /** Appends to a queue. */
  put(queue: string, value: Value, meter?: Meter): Promise<void>;
  /** Takes the oldest from a queue, waiting `timeoutMs` at most; undefined when there was none. Must not delay other calls of this session. */
  take(queue: string, timeoutMs: number, meter?: Meter): Promise<Value | undefined>;
}

/** A strategy in use by one client process. */
export interface Session {
  locks: Locks;
  state: State;
  /** Present with the capability `submit`. */
  submits?: Submits;
  /** Present with the capability `fan-out`. */
  fanOut?: FanOut;
  /** Frees everything this session holds. May be called twice. Pending calls reject with `CLOSED`. */
  close(): Promise<void>;
}

/** A shared structure as the trace declares it. */
export interface StructureDeclaration {
  name: string;
  kind: 'dict' | 'queue' | 'value';
  group: 'position' | 'ledger' | 'general';
}

export interface SessionContext<O> {
  options: O;
  /** Name of the client process, unique within the run. */
  process: string;
  /** Addresses of the coordinators by name: `unix:/path` or `tcp:host:port`. */
  addresses: Readonly<Record<string, string>>;
  /** Private folder (0700) of this strategy's round, shared by all its processes and removed afterwards. */
  directory: string;
  /**
   * Where this process keeps what no other client looks for: notes of the processes that it starts, modules for them. Default: `directory`;
   * the replay's own folder where that one belongs to whoever serves the coordinators.
   */
  ownDirectory?: string;
  /** Shared by the processes of the run, unknown outside. */
  secret: string;
  /** Where processes of several machines share a store: takes the place of `directory` in the names of what they keep there. */
  realm?: string;
  structures: readonly StructureDeclaration[];
}

/** A process that a strategy depends on. The harness starts it, samples it and ends it. */
export interface CoordinatorPlan {
  name: string;
  /** URL of a module that default-exports a {@link CoordinatorProgram}. */
  program: string;
  config: { [name: string]: Value };
  /** `interpreter-lock` where one lock ties the process' threads together, so that its sum is what counts. Default `threads`. */
  runtime?: 'threads' | 'interpreter-lock';
  /** Only the strategy's other coordinators connect to it, on the same machine: it is told no address to listen at, and spared by faults. */
  inner?: boolean;
}

export interface CoordinatorContext {
  name: string;
  config: { [name: string]: Value };
  /** As in {@link SessionContext}. */
  directory: string;
  secret: string;
  realm?: string;
  /** Where to listen, for those that listen on TCP. Default: any free port of the loopback interface. */
  listen?: ListenAddress;
}

export interface ListenAddress {
  host: string;
  /** 0: any that is free. */
  port: number;
}

/** Starts serving, and resolves once it can be reached. Runs in a process of its own. */
export type CoordinatorProgram = (context: CoordinatorContext) => Promise<RunningCoordinator>;

export interface RunningCoordinator {
  address: string;
  /** Process to sample and to end, where it is not the one the program runs in (a server from elsewhere). */
  pid?: number;
  /**
   * It looks after a server that is somebody else's: that one is sampled in its stead, and never ended. `pid` undefined: it cannot be
   * sampled from here.
   */
  stranger?: { pid: number | undefined };
  close(): Promise<void>;
}

/** How one option is read from `name:option=value`; one table gives parsing, defaults and help. */
export type OptionSpec = { describe: string } & (
  | { type: 'integer'; default: number; min?: number; max?: number }
  | { type: 'choice'; default: string; choices: readonly string[] }
  | { type: 'boolean'; default: boolean }
  | { type: 'duration'; default: number; min?: number; max?: number }
  /** `secret`: kept out of reports, and so never taken from a spec, which they show. `describe` says how it is given. */
  | { type: 'text'; default: string; secret?: boolean }
);
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The values that an option table gives: durations are milliseconds. */
export type OptionValues<T extends OptionTable = OptionTable> = OptionTable extends T
  ? Record<string, string | number | boolean>
  : {
      [K in keyof T]: T[K] extends { type: 'integer' | 'duration' }
        ? number
        : T[K] extends { type: 'boolean' }
          ? boolean
          : T[K] extends { type: 'choice'; choices: readonly (infer C)[] }
            ? C
            : string;
    };

/** What happens to a strategy's locks when something goes wrong; the contract suite holds every strategy to it. */
export interface Resilience {
  /** `race`: but for two processes that meet on a fresh key. */
  exclusive: 'yes' | 'race' | 'no';
  /** When the lock of a client that died goes to the next; `-` where there is none to give. */
  deadHolder: 'at once' | 'at expiry' | 'never' | '-';
  /** What is left of the locks without the coordinator: `restart`: nothing until it is started again, then all are free. */
  lostCoordinator: 'restart' | 'locks go on' | '-';
  /** Whether clients of several machines can share it. */
  machines: 'one' | 'several' | 'shared mount';
}

/** What a strategy can do: steps of a trace need one or several of these. */
export const capabilities = ['locks', 'state', 'submit', 'fan-out'] as const;
export type Capability = (typeof capabilities)[number];

export interface Strategy<T extends OptionTable = OptionTable> {
  name: string;
  /** One line. */
  summary: string;
  /** Some paragraphs: how it works, calls per order, what it guarantees, when to use it. */
  description: string;
  options: T;
  /** Default: `locks` and `state`. A strategy without these gives `withoutSharedState` in their place. */
  capabilities?: readonly Capability[];
  /** Where it is another strategy with several options changed: that strategy's name, and each change as it is written. */
  changes?: { from: string; options: readonly string[] };
  /** What its users believe it guarantees; the run holds it to that. {@link claimsOf} tells what goes without saying. */
  claims(options: OptionValues<T>): Claims;
  /** Why it cannot run here, with what to do about it; undefined when it can. */
  unavailable?(options: OptionValues<T>): Promise<string | undefined>;
  /** Where its locks behave otherwise than `resilienceOf` concludes from claims, coordinators and the `orphans` and `create` options. */
  resilience?(options: OptionValues<T>): Partial<Resilience>;
  /** Contradictions between options, in words; undefined when there are none. */
  contradiction?(options: OptionValues<T>): string | undefined;
  coordinators(options: OptionValues<T>): readonly CoordinatorPlan[];
  connect(context: SessionContext<OptionValues<T>>): Promise<Session>;
}

/** Declares a strategy, inferring the types of its option values. */
export function defineStrategy<const T extends OptionTable>(strategy: Strategy<T>): Strategy<T> {
  return strategy;
}

/** What a strategy claims: one that answers submits or cycles claims that its answers are right, unless it says otherwise. */
export function claimsOf(strategy: Strategy, options: OptionValues): Claims {
  const claims = strategy.claims(options);
  const answers = capabilitiesOf(strategy).some((one) => one === 'submit' || one === 'fan-out');
  return answers ? { ...claims, rightAnswers: claims.rightAnswers ?? true } : claims;
}

/** What a strategy can do. */
export function capabilitiesOf({ capabilities: own = ['locks', 'state'] }: Pick<Strategy, 'capabilities'>) {
  return own;
}

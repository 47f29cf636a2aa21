/** The trace format, version 1, as `docs/trace-format.md` describes it. Times are milliseconds, sizes bytes. */

export const traceVersion = 1;

/** Where a trace came from. */
export type Provenance =
  | { kind: 'generated'; generator: string; seed: number; parameters?: Record<string, unknown> }
  | { kind: 'recorded'; from?: string }
  | { kind: 'imported'; from: string };

/** How big stored values are and what they look like (100 KB of nested structure costs some 20 times what 100 KB of bytes costs). */
export interface ValueShape {
  bytes: number;
  shape: 'nested' | 'bytes';
}

export interface TraceStructure {
  name: string;
  kind: 'dict' | 'queue' | 'value';
  group: 'position' | 'ledger' | 'general';
  /** What values written to it look like unless a step says otherwise. Default: 200 bytes, nested. */
  value?: ValueShape;
  /** What is in it before the first operation: `keys` named outright, or `count` keys `${prefix}0`, `${prefix}1`, … */
  initial?: { keys?: string[]; prefix?: string; count?: number };
}

export interface TraceProcess {
  name: string;
  /**
   * A closed loop: its operations run one after another, each due `pauseMs` after the last one ended, over and over until the trace's
   * last due time (`repeat: false`: once).
   */
  loop?: { pauseMs: number; repeat?: boolean };
}

/**
 * What an operation does in turn. Strings may hold `{field}`, replaced by the operation's own field of that name, and inside `each`
 * `{item}`, the current key. `key` names an entry of a dict; a `value` structure has no key.
 */
export type Step =
  /** Time that passes without computing; `phase` says what it stands for. */
  | { do: 'wait'; ms: number | string; phase?: 'wait' | 'disk' }
  /** Computing for as long as `ms` took on this machine when calibrated. */
  | { do: 'cpu'; ms: number | string }
  /** Takes the locks of one key or of several (all or none). Default time-out 10 s. */
  | { do: 'lock'; key: string | string[]; timeoutMs?: number }
  /** Releases what the last `lock` took. */
  | { do: 'unlock' }
  /** Reads one entry; a later `write` of it stores what was read plus this operation's mark. */
  | { do: 'read'; in: string; key?: string }
  /** Writes one entry whole; a read-modify-write where this operation read it before. */
  | { do: 'write'; in: string; key?: string; bytes?: number | string }
  /** Changes some fields of one entry. */
  | { do: 'patch'; in: string; key?: string; bytes?: number | string }
  /** Changes some fields of several entries: those of `keys`, or all; `batch`: in one call where the strategy can, else one by one. */
  | { do: 'patch-many'; in: string; keys?: string[]; bytes?: number | string; batch?: boolean }
  | { do: 'delete'; in: string; key: string }
  | { do: 'keys'; in: string }
  /** Reads all entries. */
  | { do: 'read-all'; in: string }
  /** Writes `count` entries `{prefix}0 …`; `batch` (default true): in one call where the strategy can. */
  | { do: 'write-many'; in: string; prefix: string; count: number; bytes?: number | string; batch?: boolean }
  /** Makes `count` entries `{prefix}0 …` the whole content. */
  | { do: 'replace-all'; in: string; prefix: string; count: number; bytes?: number | string }
  | { do: 'clear'; in: string }
  | { do: 'put'; in: string; bytes?: number | string }
  | { do: 'take'; in: string; timeoutMs?: number }
  /** Hands one submit in and checks its answer. Default time-out 10 s. */
  | SubmitStep
  /** One cycle: asks all miners, gathers what answers within the time-out, validates it. */
  | ForwardStep
  /** Runs `steps` for each key of a dict (as its `keys` call returns them, the first `limit` only) or for each of `keys`, `{item}` being the key. */
  | { do: 'each'; in?: string; keys?: string[]; limit?: number; steps: Step[] };

export interface SubmitStep {
  do: 'submit';
  account: string;
  epoch: string | number;
  /** `unknown` where nobody knows it: then every tier has to be tried. */
  tier?: string | number;
  /** Challenge id. */
  cid: string;
  /** The sequence number that it must resolve to, or `unknown`; absent: not checked. */
  seq?: string | number;
  /** 1: the row is missing in the replica when the submit arrives, 0 or absent: it is there, if `seq` says which. */
  lagged?: string | number;
  timeoutMs?: number;
  /** The HTTP request that it was, to be sent to a server of one's own. */
  request?: RequestTemplate;
  /** HTTP status that is expected. Default 200. */
  status?: number;
}

export interface RequestTemplate {
  /** Default POST. */
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** A text, or JSON whose texts are filled in. */
  body?: string | Record<string, unknown> | unknown[];
}

export interface ForwardStep {
  do: 'forward';
  timeoutMs: number;
  /** Share of the rows that a replay makes. Default 1. */
  payloadScale?: number;
  /** What the miners' numbers are made from. Default 0. */
  seed?: number;
  miners: MinerLine[] | MinerDraw;
}

export interface MinerLine {
  delayMs: number;
  rows: number;
  /** Numbers in a row. Default 289. */
  floats?: number;
  /** Answers with numbers that no validation can accept. */
  fails?: boolean;
}

/** Log-normal, or uniform between two bounds. */
export type MinerDelay = { medianMs: number; sigma: number } | { minMs: number; maxMs: number };

export interface MinerDraw {
  count: number;
  delay: MinerDelay;
  rows: number;
  floats?: number;
  seed?: number;
  /** Share of those that fail validation. Default 0. */
  failShare?: number;
}

export type StepKind = Step['do'];

export interface TraceHeader {
  ipcbench: 'trace';
  version: 1;
  name: string;
  provenance: Provenance;
  /** The operation that conditions and tables mean unless they say otherwise; else the most frequent one that holds a lock. */
  primary?: string;
  /** How long the trace goes on, where that is longer than its last due time. */
  durationMs?: number;
  /** Number of operation lines, where the writer knew. */
  operations?: number;
  structures: TraceStructure[];
  processes: TraceProcess[];
  templates?: Record<string, Step[]>;
}

/** One operation line. */
export interface TraceOperation {
  /** Due time since the start of the trace. Absent where `after` stands, and on processes that loop. */
  at?: number;
  /** Kind: `order`, `scan`, `update`, … */
  op: string;
  /** Name of the process that does it. */
  process: string;
  /** Due this long after the previous operation of the same chain ended. */
  after?: number;
  /** Names the chain; default: all `after` operations of a process are one chain. */
  chain?: string;
  /** Template to run. Default: the one named like the operation. */
  use?: string;
  /** The operation's own steps, instead of a template. */
  steps?: Step[];
  /** What `{name}` in a template stands for. */
  fields?: Record<string, string | number>;
  /** How long it took and waited for locks when it was recorded. */
  recorded?: { ms: number; waitMs?: number };
}

import { Histogram } from '../../measure/histogram.js';
import type { Provenance, Step, TraceHeader, TraceOperation, TraceProcess } from '../operation.js';
import { openTrace, type ReadOptions } from '../reader.js';
import { primaryOf, type TraceSummary } from '../summary.js';
import { type CycleInspection, CycleTally } from './cycle-tally.js';
import { type Demand, demandOf, type HotKey, type LoadVerdict, verdictOf } from './demand.js';
import { RateSeries } from './rate-series.js';
import { addCost, CostMeter, emptyCost, type OperationCost, type PlainStep } from './step-cost.js';
import { type SubmitInspection, SubmitTally } from './submit-tally.js';
import { TopCounts } from './top-counts.js';

const hottestShown = 8;
const keysCounted = 4096;

export interface KindInspection {
  op: string;
  count: number;
  locks: boolean;
  /** Per operation, its waits and computing alone. */
  minimumServiceMs: number;
  cpuMs: number;
  /** Calls to a coordinator per operation, as a managed dict and a dynamic lock make them. */
  calls: number;
  bytes: number;
  /** How long it took when it was recorded. */
  recordedMs?: { count: number; p50: number; p99: number; max: number };
}

/** What `trace inspect` tells. Everything about load is an estimate from the trace alone. */
export interface TraceInspection {
  name: string;
  provenance: Provenance;
  primary: string | undefined;
  summary: TraceSummary;
  processes: { name: string; operations: number; loop?: NonNullable<TraceProcess['loop']> }[];
  kinds: KindInspection[];
  /** Due operations over time, loops and chains left out. */
  rate: { slotMs: number; counts: number[] };
  /** Keys locked by operations with a due time or a chain; daemons that loop are left out. */
  keys: { counted: number; exact: boolean; countsShortBy: number; hottest: HotKey[] };
  values: { structure: string; writes: number; meanBytes: number; p50Bytes: number; maxBytes: number }[];
  /** Present where it has submits. */
  submits?: SubmitInspection;
  /** Present where it has fan-out cycles. */
  cycles?: CycleInspection;
  demand: Demand;
  verdict: LoadVerdict;
}

interface KindTally {
  count: number;
  locks: boolean;
  cost: OperationCost;
  recordedUs: Histogram;
}

/** Reads a whole trace and says what is in it. @throws as `openTrace` */
export async function inspectTrace(path: string, options: ReadOptions = {}): Promise<TraceInspection> {
  const trace = await openTrace(path, options);
  try {
    const tally = new InspectionTally(trace.header);
    for await (const batch of trace.batches()) for (const operation of batch) tally.add(operation);
    return tally.inspection(trace.summary());
  } finally {
    await trace.close();
  }
}

class InspectionTally {
  readonly #header: TraceHeader;
  readonly #templates: ReadonlyMap<string, Step[]>;
  readonly #loops: ReadonlySet<string>;
  readonly #kinds = new Map<string, KindTally>();
  /** One round of each loop's operations; for the others all of them. */
  readonly #perProcess = new Map<string, OperationCost>();
  readonly #keys = new TopCounts(keysCounted);
  readonly #values = new Map<string, Histogram>();
  readonly #rate = new RateSeries(60, 50);
  readonly #submits = new SubmitTally();
  readonly #cycles = new CycleTally();
  readonly #meter: CostMeter;
  #lockings = 0;
  /** Of the operation that is being looked at. */
  #fields: NonNullable<TraceOperation['fields']> = {};
  #looping = false;

  constructor(header: TraceHeader) {
    this.#header = header;
    this.#templates = new Map(Object.entries(header.templates ?? {}));
    this.#loops = new Set(header.processes.filter(({ loop }) => loop !== undefined).map(({ name }) => name));
    this.#meter = new CostMeter(header.structures, {
      held: (keys, holdMs) => this.#held(keys, holdMs),
      written: (structure, bytes) => this.#written(structure, bytes),
      ran: (step, item) => this.#ran(step, item),
    });
  }

  add(operation: TraceOperation): void {
    this.#looping = this.#loops.has(operation.process);
    if (operation.at !== undefined) this.#rate.add(operation.at);
    const steps = operation.steps ?? this.#templates.get(operation.use ?? operation.op) ?? [];
    this.#fields = operation.fields ?? {};
    const cost = this.#meter.costOf(operation, steps);
    const kind = entryOf(this.#kinds, operation.op, () => ({
      count: 0,
      locks: false,
      cost: emptyCost(),
      recordedUs: new Histogram(),
    }));
    kind.count++;
    kind.locks ||= cost.locks > 0;
    addCost(kind.cost, cost);
    addCost(entryOf(this.#perProcess, operation.process, emptyCost), cost);
    if (operation.recorded !== undefined) kind.recordedUs.record(operation.recorded.ms * 1000);
  }

  inspection(summary: TraceSummary): TraceInspection {
    const { name, provenance, processes } = this.#header;
    const keys = this.#keyInspection(summary.durationMs);
    const demand = demandOf(processes, summary, this.#perProcess);
    const submits = this.#submits.inspection();
    const cycles = this.#cycles.inspection();
    return {
      name,
      provenance,
      primary: primaryOf(this.#header, summary),
      summary,
      processes: processes.map(({ name, loop }) => ({
        name,
        operations: summary.processes[name] ?? 0,
        ...(loop && { loop }),
      })),
      kinds: [...this.#kinds].map(([op, tally]) => kindInspection(op, tally)),
      rate: this.#rate.series(summary.durationMs),
      keys,
      values: [...this.#values].map(([structure, bytes]) => ({
        structure,
        writes: bytes.count,
        meanBytes: Math.round(bytes.mean),
        p50Bytes: bytes.percentile(50),
        maxBytes: bytes.max,
      })),
      ...(submits === undefined ? {} : { submits }),
      ...(cycles === undefined ? {} : { cycles }),
      demand,
      verdict: verdictOf(demand, keys.hottest[0]),
    };
  }

  #keyInspection(durationMs: number): TraceInspection['keys'] {
    const hottest = this.#keys.top(hottestShown).map(({ key, count, weight }) => ({
      key,
      count,
      share: count / this.#lockings,
      utilisation: durationMs === 0 ? 0 : weight / durationMs,
    }));
    return { counted: this.#keys.size, exact: this.#keys.exact, countsShortBy: this.#keys.shortBy, hottest };
  }

  #held(keys: readonly string[], holdMs: number): void {
    if (this.#looping) return;
    for (const key of keys) {
      this.#keys.add(key, holdMs);
      this.#lockings++;
    }
  }

  #ran(step: PlainStep, item: string | undefined): void {
    if (step.do === 'submit') this.#submits.add(step, this.#fields, item);
    if (step.do === 'forward') this.#cycles.add(step);
  }

  #written(structure: string, bytes: number): void {
    entryOf(this.#values, structure, () => new Histogram()).record(bytes);
  }
}

function kindInspection(op: string, { count, locks, cost, recordedUs }: KindTally): KindInspection {
  const recorded = (percentile: number): number => recordedUs.percentile(percentile) / 1000;
  return {
    op,
    count,
    locks,
    minimumServiceMs: cost.serviceMs / count,
    cpuMs: cost.cpuMs / count,
    calls: cost.calls / count,
    bytes: cost.bytes / count,
    ...(recordedUs.count > 0 && {
      recordedMs: { count: recordedUs.count, p50: recorded(50), p99: recorded(99), max: recordedUs.max / 1000 },
    }),
  };
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

import { Histogram } from '#src/measure/histogram.js';
import { noiseFloorOf } from '#src/measure/noise.js';
import {
  type LatencySummary,
  type MeasuredPart,
  type MeasuredResult,
  type OperationResult,
  type Percentile,
  phases,
  type RoundResult,
  type StrategyResult,
} from '#src/measure/result.js';
import type { Report } from '#src/report/model.js';

/** Reports for tests: made of real histograms of seeded values, so that percentiles, means and counts belong together. */

/** A generator of uniform numbers in [0, 1). Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (as mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One value of a standard normal distribution. Source: Box & Muller, 1958. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export interface StrategyShape {
  label: string;
  strategy?: string;
  /** Median response time; the tail is log-normal. */
  medianMs?: number;
  /** Standard deviation of the logarithm of a response time. */
  spread?: number;
  count?: number;
  rounds?: number;
  calls?: number;
  cpuPercent?: number;
  claims?: boolean;
  safety?: 'safe' | 'unsafe' | 'unchecked';
  saturated?: boolean;
  unfinished?: number;
  errors?: number;
  sections?: { min: number; max: number };
  /** Standard deviation of the logarithm of a round's own factor on every latency. */
  roundNoise?: number;
  seed?: number;
}

const msInNs = 1e6;

export function summarize(histogram: Histogram, unfinished = 0): LatencySummary {
  const level = (percent: number): number => histogram.percentile(percent) / msInNs;
  const ranks: [Percentile, number][] = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
    ['p999', 0.999],
    ['max', 1],
  ];
  const atLeast = ranks.filter(([, share]) => (1 - share) * histogram.count < unfinished).map(([name]) => name);
  const thin = ranks.filter(([, share]) => share < 1 && (1 - share) * histogram.count < 10).map(([name]) => name);
  return {
    count: histogram.count,
    mean: histogram.mean / msInNs,
    p50: level(50),
    p90: level(90),
    p95: level(95),
    p99: level(99),
    p999: level(99.9),
    max: histogram.max / msInNs,
    ...(atLeast.length === 0 ? {} : { atLeast }),
    ...(thin.length === 0 ? {} : { thin }),
  };
}

interface Samples {
  response: Histogram;
  service: Histogram;
  lag: Histogram;
}

function draw(shape: StrategyShape, random: () => number, factor: number): Samples {
  const samples = { response: new Histogram(), service: new Histogram(), lag: new Histogram() };
  for (let index = 0; index < (shape.count ?? 1000); index++) {
    const serviceNs = Math.round(
      (shape.medianMs ?? 100) * factor * Math.exp((shape.spread ?? 0.4) * normal(random)) * msInNs,
    );
    const lagNs = Math.round(random() * 0.2 * msInNs);
    samples.service.record(serviceNs);
    samples.lag.record(lagNs);
    samples.response.record(serviceNs + lagNs);
  }
  return samples;
}

function operationOf(samples: Samples, shape: StrategyShape): OperationResult {
  const service = summarize(samples.service);
  const share = (part: number) => ({
    mean: service.mean * part,
    p50: service.p50 * part,
    p95: service.p95 * part,
    p99: service.p99 * part,
  });
  const shares: Record<string, number> = { wait: 0.5, acquire: 0.3, read: 0.1, write: 0.08, release: 0.02 };
  return {
    count: samples.response.count,
    errors: shape.errors ?? 0,
    timeouts: 0,
    unfinished: shape.unfinished ?? 0,
    responseMs: summarize(samples.response, shape.unfinished),
    serviceMs: service,
    dispatchLagMs: summarize(samples.lag),
    phasesMs: Object.fromEntries(
      phases.map((phase) => [phase, share(shares[phase] ?? 0)]),
    ) as OperationResult['phasesMs'],
    holdMs: summarize(samples.service),
    lockWaitMs: summarize(samples.service),
    calls: callsOf(shape),
    histograms: { response: samples.response.encode(), service: samples.service.encode() },
    ...((shape.errors ?? 0) > 0 ? { errorExamples: [{ message: 'lock lost', count: shape.errors ?? 0 }] } : {}),
  };
}

function callsOf(shape: StrategyShape): MeasuredPart['calls'] {
  return {
    perOperation: shape.calls ?? 7,
    messagesPerOperation: 2 * (shape.calls ?? 7),
    connectionsPerOperation: 1,
    bytesSentPerOperation: 1200,
    bytesReceivedPerOperation: 3400,
  };
}

function partOf(shape: StrategyShape, samples: Samples, factor: number): MeasuredPart {
  const cpu = Math.min(100, (shape.cpuPercent ?? 30) * factor);
  const percent = { mean: cpu, p95: cpu, max: cpu };
  const verdict = cpu > 80 ? 'severe' : cpu > 50 ? 'overloaded' : 'healthy';
  const unsafe = shape.safety === 'unsafe';
  const order = operationOf(samples, shape);
  return {
    operations: {
      order,
      scan: { ...order, errors: 0, unfinished: 0 },
    },
    throughput: { operationsPerSecond: 40 / factor },
    calls: callsOf(shape),
    locks: {
      created: 100,
      acquisitions: samples.response.count,
      collisions: Math.round(samples.response.count / 20),
      timeouts: 0,
      longHeld: [{ key: 'a1/BTC', holder: 'orders-1', operation: 'order', heldMs: 812.5, atMs: 1500 }],
      sectionsPerWorker: shape.sections ?? { min: 480, max: 520 },
      blame: [
        { waiter: 'order', holder: 'scan', key: 'a1/BTC', waitMs: 900, falseSharingMs: 0, falseSharing: false },
        { waiter: 'order', holder: '(nobody)', key: 'a2/ETH', waitMs: 4000, falseSharingMs: 0, falseSharing: false },
      ],
    },
    coordinators: [
      {
        name: 'manager',
        pid: 4711,
        cpuPercent: percent,
        busiestThreadPercent: percent,
        runQueueWaitPercent: { mean: 5, p95: 9, max: 12 },
        rssBytes: { max: 64e6 },
        verdict,
        saturated: cpu + 5 > 80,
      },
    ],
    memory: { workersRssBytes: 300e6, coordinatorsRssBytes: 64e6 },
    safety: {
      verdict: shape.safety ?? 'safe',
      reason: unsafe
        ? '12 overlaps where exclusion was claimed'
        : 'every claim held while 340 sections would have overlapped',
      overlaps: unsafe ? 12 : 0,
      lostUpdates: unsafe ? 3 : 0,
      staleReads: 0,
      underLocked: 0,
      overlapsExpectedUnguarded: 340,
      examples: unsafe
        ? [
            {
              kind: 'overlap',
              key: 'a1/BTC',
              text: 'a1/BTC: orders-1 was inside from 1200.0 to 1350.0 ms while orders-2 was inside from 1290.0 to 1440.0 ms',
              sides: [
                { process: 'orders-1', operation: 'order', fromMs: 1200, toMs: 1350 },
                { process: 'orders-2', operation: 'order', fromMs: 1290, toMs: 1440 },
              ],
            },
          ]
        : [],
    },
    generator: {
      saturated: shape.saturated ?? false,
      reasons: shape.saturated === true ? ['dispatch lag p99 of 80 ms is over 10 % of the response p99'] : [],
      sendRatio: 1,
      busiestWorkerPercent: 20,
    },
  };
}

/** One strategy, measured in rounds whose histograms add up to the whole. */
export function measured(shape: StrategyShape): MeasuredResult {
  const random = seeded(shape.seed ?? hash(shape.label));
  const rounds: RoundResult[] = [];
  const all: Samples = { response: new Histogram(), service: new Histogram(), lag: new Histogram() };
  for (let round = 1; round <= (shape.rounds ?? 1); round++) {
    const factor = Math.exp((shape.roundNoise ?? 0.02) * normal(random));
    const samples = draw(shape, random, factor);
    all.response.add(samples.response);
    all.service.add(samples.service);
    all.lag.add(samples.lag);
    rounds.push({ round, ...partOf(shape, samples, factor), incidents: [] });
  }
  return {
    strategy: shape.strategy ?? shape.label.split(':')[0] ?? shape.label,
    label: shape.label,
    options: {},
    claims: { exclusion: shape.claims ?? true, noLostUpdates: shape.claims ?? true, maxStalenessMs: null },
    state: 'complete',
    ...partOf(shape, all, 1),
    faults: [],
    workload: {},
    rounds,
    series: [0, 1, 2, 3].map((second) => ({
      second,
      operations: {
        order: {
          count: 40,
          p50Ms: shape.medianMs ?? 100,
          p99Ms: 2 * (shape.medianMs ?? 100),
          maxMs: 3 * (shape.medianMs ?? 100),
        },
      },
      coordinators: {
        manager: {
          cpuPercent: shape.cpuPercent ?? 30,
          busiestThreadPercent: shape.cpuPercent ?? 30,
          runQueueWaitPercent: 5,
          rssBytes: 64e6,
        },
      },
    })),
  };
}

/** A strategy that could not run, or did not survive. */
export function missing(label: string, state: 'failed' | 'unavailable', reason: string): StrategyResult {
  return {
    strategy: label,
    label,
    options: {},
    claims: { exclusion: true, noLostUpdates: true, maxStalenessMs: null },
    state,
    reason,
  };
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0), 7);
}

/** A report of these results; the first is the baseline unless `more` says otherwise. */
export function reportOf(results: StrategyResult[], more: Partial<Report> = {}): Report {
  const baseline = more.baseline ?? results[0]?.label ?? 'single-manager';
  const base = results.find((result) => result.label === baseline);
  const noise = base !== undefined && 'rounds' in base ? noiseFloorOf(base, 'order') : undefined;
  return {
    schema: 'ipcbench.report/1',
    tool: { version: '0.1.0' },
    state: 'complete',
    trace: { name: 'orders-incident', sha256: 'ab'.repeat(32), operations: 4000, durationMs: 30_000, primary: 'order' },
    run: {
      startedAt: '2026-01-02T03:04:05.000Z',
      host: {
        cpuModel: 'Test CPU',
        cpus: 2,
        memoryBytes: 8e9,
        os: 'linux 6.1',
        node: 'v20.20.2',
        placement: 'free',
        load: [0.5, 0.4, 0.3],
        stealPercent: 0,
      },
      options: { speed: 1 },
      rounds: base !== undefined && 'rounds' in base ? base.rounds.length : 1,
    },
    baseline,
    ...(noise === undefined ? {} : { noise }),
    warnings: [],
    results,
    ...more,
  };
}

/** What most tests look at: a floor, a saturated baseline, a better one and a broken one. */
export function usualReport(rounds = 3): Report {
  return reportOf(
    [
      measured({ label: 'none', medianMs: 20, calls: 0, cpuPercent: 0, claims: false, safety: 'unchecked', rounds }),
      measured({ label: 'single-manager', medianMs: 900, calls: 7, cpuPercent: 97, rounds }),
      measured({ label: 'lock-pool', medianMs: 260, calls: 2, cpuPercent: 31, rounds }),
      measured({
        label: 'unlocked',
        medianMs: 120,
        calls: 3,
        cpuPercent: 20,
        claims: false,
        safety: 'unchecked',
        rounds,
      }),
      measured({ label: './broken.js', medianMs: 110, calls: 2, cpuPercent: 20, safety: 'unsafe', rounds }),
      missing('redis', 'unavailable', 'no redis-server on the PATH; install it or give --target'),
    ],
    { baseline: 'single-manager' },
  );
}

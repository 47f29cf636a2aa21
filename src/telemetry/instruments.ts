import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { attributes, durationBoundsSeconds, type MetricDeclaration, metrics } from './names.js';

/** What a coordinator used when it was asked. */
export interface CoordinatorReading {
  strategy: string;
  name: string;
  pid: number;
  /** Percent of one core. */
  cpuPercent: number;
  rssBytes: number;
}

export interface Instruments {
  responseDuration: Histogram;
  waitDuration: Histogram;
  holdDuration: Histogram;
  callDuration: Histogram;
  databaseDuration: Histogram;
  locksCreated: Counter;
  collisions: Counter;
  timeouts: Counter;
  /** The attributes of a strategy, made once: a metric is recorded more often than there are strategies. */
  of(strategy: string): Attributes;
  observe(read: () => Iterable<CoordinatorReading>): () => void;
}

export function openInstruments(meter: Meter): Instruments {
  const histogram = (declared: MetricDeclaration): Histogram =>
    meter.createHistogram(declared.name, {
      ...optionsOf(declared),
      advice: { explicitBucketBoundaries: durationBoundsSeconds },
    });
  const counter = (declared: MetricDeclaration): Counter => meter.createCounter(declared.name, optionsOf(declared));
  const known = new Map<string, Attributes>();
  return {
    responseDuration: histogram(metrics.responseDuration),
    waitDuration: histogram(metrics.waitDuration),
    holdDuration: histogram(metrics.holdDuration),
    callDuration: histogram(metrics.callDuration),
    databaseDuration: histogram(metrics.databaseDuration),
    locksCreated: counter(metrics.locksCreated),
    collisions: counter(metrics.collisions),
    timeouts: counter(metrics.timeouts),
    of(strategy) {
      const labels = known.get(strategy) ?? { [attributes.strategy]: strategy };
      known.set(strategy, labels);
      return labels;
    },
    observe: (read) => observe(meter, read),
  };
}

function optionsOf({ unit, description }: MetricDeclaration): { unit: string; description: string } {
  return { unit, description };
}

function observe(meter: Meter, read: () => Iterable<CoordinatorReading>): () => void {
  const cpu = meter.createObservableGauge(metrics.coordinatorCpu.name, optionsOf(metrics.coordinatorCpu));
  const memory = meter.createObservableGauge(metrics.coordinatorMemory.name, optionsOf(metrics.coordinatorMemory));
  const gauges = [cpu, memory];
  const tell: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    for (const { strategy, name, pid, cpuPercent, rssBytes } of read()) {
      const labels = { [attributes.strategy]: strategy, [attributes.coordinator]: name, [attributes.pid]: pid };
      result.observe(cpu, cpuPercent / 100, labels);
      result.observe(memory, rssBytes, labels);
    }
  };
  meter.addBatchObservableCallback(tell, gauges);
  return () => meter.removeBatchObservableCallback(tell, gauges);
}

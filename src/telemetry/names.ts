/**
 * Names and units of what ipcbench tells OpenTelemetry. Where a semantic convention fits, its name stands; the rest is under `ipcbench.`.
 * Source: OpenTelemetry semantic conventions 1.45 for RPC and database clients, https://opentelemetry.io/docs/specs/semconv/
 */

/** The instrumentation scope. */
export const scope = 'ipcbench';

/** Calls have no name here: the conventions name their spans after `rpc.method` and `db.operation.name`. */
export const spans = {
  /** One round of one strategy, in the main process. */
  round: 'ipcbench.round',
  /** One operation of a trace, from start to end. */
  operation: 'ipcbench.operation',
  /** From asking for locks to having them. */
  acquire: 'ipcbench.lock.acquire',
  /** From having locks to asking for their release. */
  hold: 'ipcbench.lock.hold',
} as const;

export const attributes = {
  operation: 'ipcbench.operation.name',
  strategy: 'ipcbench.strategy.name',
  process: 'ipcbench.process.name',
  round: 'ipcbench.round.number',
  keys: 'ipcbench.lock.keys',
  outcome: 'ipcbench.outcome',
  coordinator: 'ipcbench.coordinator.name',
  errorType: 'error.type',
  pid: 'process.pid',
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  databaseSystem: 'db.system.name',
  databaseOperation: 'db.operation.name',
} as const;

export interface MetricDeclaration {
  name: string;
  kind: 'histogram' | 'counter' | 'gauge';
  /** In the Unified Code for Units of Measure, as OpenTelemetry wants it. */
  unit: string;
  description: string;
}

/** Upper bounds of histogram buckets, in seconds: the usual ones are for milliseconds, and calls take 25 µs. */
export const durationBoundsSeconds = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10, 30,
];

export const metrics = {
  responseDuration: {
    name: 'ipcbench.operation.response.duration',
    kind: 'histogram',
    unit: 's',
    description: 'From when an operation was due to its end',
  },
  waitDuration: {
    name: 'ipcbench.lock.wait.duration',
    kind: 'histogram',
    unit: 's',
    description: 'From asking for locks to having them',
  },
  holdDuration: {
    name: 'ipcbench.lock.hold.duration',
    kind: 'histogram',
    unit: 's',
    description: 'From having locks to asking for their release',
  },
  callDuration: {
    name: 'rpc.client.call.duration',
    kind: 'histogram',
    unit: 's',
    description: 'One request to a coordinator with its reply',
  },
  databaseDuration: {
    name: 'db.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'One command to Redis with its reply',
  },
  locksCreated: {
    name: 'ipcbench.lock.created',
    kind: 'counter',
    unit: '{lock}',
    description: 'Locks that came into being',
  },
  collisions: {
    name: 'ipcbench.lock.collisions',
    kind: 'counter',
    unit: '{collision}',
    description: 'Acquisitions that found the lock held by another',
  },
  timeouts: {
    name: 'ipcbench.lock.timeouts',
    kind: 'counter',
    unit: '{timeout}',
    description: 'Acquisitions given up',
  },
  // `process.cpu.utilization` would be a share of all cores, and of the process that tells it.
  coordinatorCpu: {
    name: 'ipcbench.coordinator.cpu.usage',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'CPU of a coordinator, in cores',
  },
  coordinatorMemory: {
    name: 'ipcbench.coordinator.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of a coordinator',
  },
} as const satisfies Record<string, MetricDeclaration>;

/**
 * Names and units of what ipcbench tells OpenTelemetry. Where a semantic convention fits, its name stands; the rest is under `ipcbench.`.
 * Source: OpenTelemetry semantic conventions for RPC and for processes, https://opentelemetry.io/docs/specs/semconv/
 */

/** The instrumentation scope. */
export const scope = 'ipcbench';

export const spans = {
  /** One operation of a trace, from start to end. */
  operation: 'ipcbench.operation',
  /** From asking for locks to having them. */
  acquire: 'ipcbench.lock.acquire',
  /** From having locks to having released them. */
  hold: 'ipcbench.lock.hold',
  /** One request to a coordinator with its reply; the name of the span is `<service>/<method>`, as the conventions for RPC say. */
  call: 'ipcbench.call',
} as const;

export const attributes = {
  operation: 'ipcbench.operation.name',
  strategy: 'ipcbench.strategy.name',
  process: 'ipcbench.process.name',
  keys: 'ipcbench.lock.keys',
  outcome: 'ipcbench.outcome',
  coordinator: 'ipcbench.coordinator.name',
  errorType: 'error.type',
  pid: 'process.pid',
  rpcSystem: 'rpc.system',
  rpcService: 'rpc.service',
  rpcMethod: 'rpc.method',
} as const;

export interface MetricDeclaration {
  name: string;
  kind: 'histogram' | 'counter' | 'gauge';
  /** In the Unified Code for Units of Measure, as OpenTelemetry wants it. */
  unit: string;
  description: string;
}

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
    description: 'From having locks to having released them',
  },
  callDuration: {
    name: 'rpc.client.duration',
    kind: 'histogram',
    unit: 's',
    description: 'One request to a coordinator with its reply',
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
  coordinatorCpu: {
    name: 'process.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'CPU of a coordinator, in cores',
  },
  coordinatorMemory: {
    name: 'process.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of a coordinator',
  },
} as const satisfies Record<string, MetricDeclaration>;

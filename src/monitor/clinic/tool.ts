/** One of clinic's tools: what it is called, which package it is, and what it costs the process it runs in. */
export interface ClinicTool {
  readonly name: ClinicToolName;
  readonly packageName: string;
  /** Release range that was tried; the packages are no longer maintained, so no later one is to be expected. */
  readonly release: string;
  /** CPU time of an operation on a Node coordinator with the tool in it, as a factor of that without (measured, Node 20). */
  readonly cpuFactor: number;
  /** What its page shows. */
  readonly shows: string;
}

export const clinicToolNames = ['doctor', 'flame', 'bubbleprof', 'heapprofiler'] as const;
export type ClinicToolName = (typeof clinicToolNames)[number];

export const clinicTools: Readonly<Record<ClinicToolName, ClinicTool>> = {
  doctor: {
    name: 'doctor',
    packageName: '@clinic/doctor',
    release: '^11.0.0',
    cpuFactor: 1.11,
    shows: 'CPU, memory, event-loop delay and handles over time, and what they point to',
  },
  flame: {
    name: 'flame',
    packageName: '@clinic/flame',
    release: '^13.0.0',
    cpuFactor: 1.32,
    shows: 'a flame graph of CPU time',
  },
  bubbleprof: {
    name: 'bubbleprof',
    packageName: '@clinic/bubbleprof',
    release: '^10.0.0',
    cpuFactor: 11.6,
    shows: 'where asynchronous operations wait',
  },
  heapprofiler: {
    name: 'heapprofiler',
    packageName: '@clinic/heap-profiler',
    release: '^5.0.0',
    cpuFactor: 1.05,
    shows: 'a flame graph of allocated memory',
  },
};

/** What a tool costs, in words: "about 11 % more CPU per operation". */
export function costText({ cpuFactor }: ClinicTool): string {
  if (cpuFactor >= 2) return `about ${cpuFactor} times the CPU per operation`;
  return `about ${Math.round((cpuFactor - 1) * 100)} % more CPU per operation`;
}

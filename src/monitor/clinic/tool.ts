/** One of clinic's tools: what it is called, which package it is, and what it costs the process it runs in. */
export interface ClinicTool {
  readonly name: ClinicToolName;
  readonly packageName: string;
  /** Release range that was tried; the packages are no longer maintained, so no later one is to be expected. */
  readonly release: string;
  /** What an operation costs a Node coordinator with the tool in it, against one without, in words (measured, Node 20). */
  readonly cost: string;
}

export const clinicToolNames = ['doctor', 'flame', 'bubbleprof', 'heapprofiler'] as const;
export type ClinicToolName = (typeof clinicToolNames)[number];

export const clinicTools: Readonly<Record<ClinicToolName, ClinicTool>> = {
  doctor: {
    name: 'doctor',
    packageName: '@clinic/doctor',
    release: '^11.0.0',
    cost: 'about 11 % more CPU per operation',
  },
  flame: {
    name: 'flame',
    packageName: '@clinic/flame',
    release: '^13.0.0',
    cost: 'about 32 % more CPU per operation',
  },
  bubbleprof: {
    name: 'bubbleprof',
    packageName: '@clinic/bubbleprof',
    release: '^10.0.0',
    cost: '6 to 12 times the CPU per operation',
  },
  heapprofiler: {
    name: 'heapprofiler',
    packageName: '@clinic/heap-profiler',
    release: '^5.0.0',
    cost: 'about 5 % more CPU per operation',
  },
};

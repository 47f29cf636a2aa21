import type { CallTree } from '../../measure/call-tree.js';
import { type CpuProfileSummary, summariseTree } from '../../measure/cpu-profile.js';
import { identify } from '../process-identity.js';
import { kindOf } from '../process-kind.js';
import { readCpuProfile } from '../profile-formats/cpuprofile.js';
import { parseProfile } from '../profile-formats/index.js';
import { NodeProfiler } from './node-profiler.js';
import { SamplingTool } from './sampling-tool.js';

/** A CPU profile that was taken. */
export interface DeepCapture {
  tree: CallTree;
  summary: CpuProfileSummary;
  /** What to write to a file so that other tools can read it, and the ending such a file has. */
  file: { extension: string; content: string };
}

/** A CPU profile being taken. */
export interface DeepProfile {
  /** Where the target's inspector listens for it, which is none of the target's own listeners. */
  port?: number;
  /** Ends it and leaves the target as it was. */
  finish(): Promise<DeepCapture>;
}

/** 10 ms costs the target nothing that can be measured. */
const nodeIntervalUs = 10_000;

/**
 * Starts a CPU profile of a live process: through the inspector of a Node process, with `py-spy` of a Python one, with `perf` of others.
 * @throws IpcbenchError `UNAVAILABLE`, `NO_PROCESS` or `TIMEOUT` that says why it can't be done
 */
export async function startDeepProfile(pid: number): Promise<DeepProfile> {
  const kind = kindOf(identify(pid), undefined).name;
  if (kind === 'node') return deepOf(await NodeProfiler.start(pid, nodeIntervalUs));
  const tool = await SamplingTool.start(kind === 'python' ? 'py-spy' : 'perf', pid);
  return {
    async finish() {
      const content = await tool.finish();
      const tree = parseProfile(content, tool.name);
      return { tree, summary: summariseTree(tree, tool.name), file: { extension: '.stacks.txt', content } };
    },
  };
}

function deepOf(profiler: NodeProfiler): DeepProfile {
  return {
    port: profiler.port,
    async finish() {
      const { cpuProfile, readings, inspectorClosed } = await profiler.finish();
      const notes = inspectorClosed
        ? []
        : ['the inspector of the target is still open: its loop is blocked; it is closed when it turns'];
      const tree = readCpuProfile(cpuProfile, 'the CPU profile');
      const summary = {
        ...summariseTree(tree, 'inspector', notes),
        ...(readings === undefined ? {} : { node: readings }),
      };
      return { tree, summary, file: { extension: '.cpuprofile', content: JSON.stringify(cpuProfile) } };
    },
  };
}

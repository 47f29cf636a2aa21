import { addStack, type CallTree, emptyTree, type Frame } from '../../measure/call-tree.js';
import { isRecord, listOf, numberOf, refuse, textOf } from './json.js';

/**
 * Reads a V8 CPU profile (`.cpuprofile`): nodes with their children, and for each sample the node and the time since the one before.
 * Source: Chrome DevTools Protocol, `Profiler.Profile`.
 * @throws IpcbenchError `FILE` when it is not one
 */
export function readCpuProfile(value: unknown, source: string): CallTree {
  if (!isRecord(value) || !Array.isArray(value.nodes)) refuse(source, 'it has no list of nodes');
  const stacks = stacksOf(listOf(value.nodes).filter(isRecord));
  const samples = listOf(value.samples).map(numberOf);
  const deltasUs = listOf(value.timeDeltas).map(numberOf);
  const tree = emptyTree('ms');
  // A delta is the time before its sample, so a sample lasts until the next one's.
  for (const [index, id] of samples.entries()) {
    const stack = stacks.get(id);
    if (stack === undefined) refuse(source, `sample ${index} names the node ${id}, which is not there`);
    addStack(tree, stack, Math.max(0, deltasUs[index + 1] ?? deltasUs[index] ?? 0) / 1000);
  }
  return tree;
}

/** The stack of each node, without the root. */
function stacksOf(nodes: readonly Record<string, unknown>[]): Map<number, Frame[]> {
  const byId = new Map(nodes.map((node) => [numberOf(node.id), node]));
  const parents = new Map<number, number>();
  for (const [id, node] of byId) for (const child of listOf(node.children)) parents.set(numberOf(child), id);
  const stacks = new Map<number, Frame[]>();
  const stackOf = (id: number): Frame[] => {
    const known = stacks.get(id);
    if (known !== undefined) return known;
    const parent = parents.get(id);
    const stack = parent === undefined ? [] : [...stackOf(parent), frameOf(byId.get(id)?.callFrame)];
    stacks.set(id, stack);
    return stack;
  };
  for (const id of byId.keys()) stackOf(id);
  return stacks;
}

function frameOf(callFrame: unknown): Frame {
  if (!isRecord(callFrame)) return { name: '(unknown)' };
  const file = textOf(callFrame.url);
  const line = numberOf(callFrame.lineNumber);
  return {
    name: textOf(callFrame.functionName) || '(anonymous)',
    ...(file === '' ? {} : { file }),
    // The protocol counts lines from 0.
    ...(file === '' || !(line >= 0) ? {} : { line: line + 1 }),
  };
}

import {
  addStack,
  busyWeight,
  type CallNode,
  type CallTree,
  emptyTree,
  type Frame,
  keyOf,
  totalOf,
} from './call-tree.js';

/** A call tree as plain data: each function once, and each node by its parent, its function and what was spent in itself. */
export interface StoredTree {
  unit: CallTree['unit'];
  frames: Frame[];
  /** `[parent, frame, self]`; parents come first, and those of the outermost functions are -1. */
  nodes: [parent: number, frame: number, self: number][];
}

/** Nodes with less than this share of the whole are added to their callers: nobody could see them in a graph. */
const leastShare = 0.0005;

export function storeTree(tree: CallTree): StoredTree {
  const least = busyWeight(tree) * leastShare;
  const stored: StoredTree = { unit: tree.unit, frames: [], nodes: [] };
  const frames = new Map<string, number>();
  const frameOf = (frame: Frame): number => {
    const known = frames.get(keyOf(frame));
    if (known !== undefined) return known;
    frames.set(keyOf(frame), stored.frames.length);
    return stored.frames.push(frame) - 1;
  };
  const open: { node: CallNode; parent: number }[] = children(tree.root, -1);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent } = next;
    const small = [...node.children.values()].map(totalOf).filter((total) => total < least);
    const self = small.reduce((sum, total) => sum + total, node.self);
    const place = stored.nodes.push([parent, frameOf(node.frame), Number(self.toPrecision(6))]) - 1;
    open.push(...children(node, place).filter((child) => totalOf(child.node) >= least));
  }
  return stored;
}

function children(node: CallNode, parent: number): { node: CallNode; parent: number }[] {
  return [...node.children.values()].map((child) => ({ node: child, parent }));
}

/** One tree of several: what was seen in one round is added to what was seen in the others. */
export function restoreTree(stored: readonly StoredTree[]): CallTree {
  const tree = emptyTree(stored[0]?.unit ?? 'ms');
  for (const { frames, nodes } of stored) {
    const stacks: Frame[][] = [];
    for (const [parent, frame, self] of nodes) {
      const stack = [...(stacks[parent] ?? []), frames[frame] ?? { name: '(unknown)' }];
      stacks.push(stack);
      addStack(tree, stack, self);
    }
  }
  return tree;
}

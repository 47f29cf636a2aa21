/** A function as a profile names it. */
export interface Frame {
  name: string;
  /** Where it is, as far as the profile says. */
  file?: string;
  /** Counted from 1. */
  line?: number;
}

/** One function called along one path from the root, with what was spent in it. */
export interface CallNode {
  frame: Frame;
  /** Spent in the function itself; in the tree's unit. */
  self: number;
  children: Map<string, CallNode>;
}

/** Where the time of a program went: every stack that was seen, merged from the root on. */
export interface CallTree {
  /** What the weights are. */
  unit: 'ms' | 'samples';
  root: CallNode;
}

export function emptyTree(unit: CallTree['unit']): CallTree {
  return { unit, root: { frame: { name: '(all)' }, self: 0, children: new Map() } };
}

/** Adds a stack, outermost function first. */
export function addStack(tree: CallTree, stack: readonly Frame[], weight: number): void {
  let node = tree.root;
  for (const frame of stack) {
    const key = keyOf(frame);
    let child = node.children.get(key);
    if (child === undefined) {
      child = { frame, self: 0, children: new Map() };
      node.children.set(key, child);
    }
    node = child;
  }
  node.self += weight;
}

/** What makes two frames the same function. */
export function keyOf(frame: Frame): string {
  return `${frame.name}\u0000${frame.file ?? ''}\u0000${frame.line ?? ''}`;
}

/** What was spent in a node and below it. */
export function totalOf(node: CallNode): number {
  let total = 0;
  const open = [node];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    total += each.self;
    open.push(...each.children.values());
  }
  return total;
}

/** A function over all the paths that lead to it. */
export interface FunctionCost extends Frame {
  self: number;
  /** With what it called; a recursive function counts once per stack. */
  total: number;
}

/** Frames that stand for no work: V8's idle marker and the like. */
const idleNames = new Set(['(idle)', '(root)']);

/** All functions, the most costly by self time first; idling is left out. */
export function functionCosts(tree: CallTree): FunctionCost[] {
  const costs = new Map<string, FunctionCost>();
  const visit = (node: CallNode, above: ReadonlySet<string>): number => {
    const key = keyOf(node.frame);
    const within = above.has(key) ? above : new Set(above).add(key);
    let total = node.self;
    for (const child of node.children.values()) total += visit(child, within);
    const cost = costs.get(key) ?? { ...node.frame, self: 0, total: 0 };
    cost.self += node.self;
    if (!above.has(key)) cost.total += total;
    costs.set(key, cost);
    return total;
  };
  for (const child of tree.root.children.values()) visit(child, new Set());
  return [...costs.values()].filter((cost) => !idleNames.has(cost.name)).sort((a, b) => b.self - a.self);
}

/** What was spent outside idling. */
export function busyWeight(tree: CallTree): number {
  return functionCosts(tree).reduce((sum, cost) => sum + cost.self, 0);
}

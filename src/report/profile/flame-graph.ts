import { type CallNode, type CallTree, totalOf } from '../../measure/call-tree.js';
import { escaped, type Markup } from '../html/element.js';
import { tellMs, tellNumber, tellPercent } from '../quantity.js';
import { placeOf } from './function-text.js';

/** Bars narrower than this share of the whole are left out: nobody could see them. */
const leastShare = 0.0005;
const rowHeight = 18;

/** Where a bar lies, in shares of the whole width, and rows from the top. */
interface Bar {
  node: CallNode;
  from: number;
  share: number;
  row: number;
}

/**
 * A flame graph (icicle: callers above) as an SVG that needs nothing else: a bar per function and path, as wide as its share of the time.
 * Source: Brendan Gregg, "The Flame Graph", CACM 59(6), 2016.
 */
export function flameGraph(tree: CallTree): Markup {
  const bars = barsOf(tree);
  const whole = bars.reduce((sum, bar) => (bar.row === 0 ? sum + bar.share : sum), 0);
  if (whole === 0) return '';
  const rows = Math.max(...bars.map((bar) => bar.row)) + 1;
  const total = busyTotal(tree);
  const tell = (share: number): string =>
    tree.unit === 'ms' ? tellMs(share * total) : `${tellNumber(share * total)} samples`;
  const drawn = bars.map((bar) => barMarkup(bar, tell(bar.share))).join('\n');
  return `<svg class="flame" role="img" aria-label="Flame graph: callers above, as wide as their share of the CPU time" width="100%" height="${rows * rowHeight}" font-family="monospace" font-size="12">\n${drawn}\n</svg>`;
}

function busyTotal(tree: CallTree): number {
  return busyChildren(tree).reduce((sum, child) => sum + totalOf(child), 0);
}

function busyChildren(tree: CallTree): CallNode[] {
  return [...tree.root.children.values()].filter((child) => child.frame.name !== '(idle)');
}

/** Breadth first, siblings by name so that two graphs can be compared by eye. */
function barsOf(tree: CallTree): Bar[] {
  const total = busyTotal(tree);
  if (total === 0) return [];
  const bars: Bar[] = [];
  let level: { nodes: CallNode[]; from: number }[] = [{ nodes: busyChildren(tree), from: 0 }];
  for (let row = 0; level.length > 0; row++) {
    const next: typeof level = [];
    for (const { nodes, from } of level) {
      let left = from;
      for (const node of [...nodes].sort((a, b) => a.frame.name.localeCompare(b.frame.name))) {
        const share = totalOf(node) / total;
        if (share >= leastShare) {
          bars.push({ node, from: left, share, row });
          next.push({ nodes: [...node.children.values()], from: left });
        }
        left += share;
      }
    }
    level = next;
  }
  return bars;
}

function barMarkup({ node, from, share, row }: Bar, amount: string): Markup {
  const place = placeOf(node.frame);
  const title = `${node.frame.name}${place === '' ? '' : ` (${place})`}: ${amount}, ${tellPercent(100 * share)}`;
  const x = `${(100 * from).toFixed(3)}%`;
  const width = `${(100 * share).toFixed(3)}%`;
  return `<svg x="${x}" y="${row * rowHeight}" width="${width}" height="${rowHeight - 1}" data-from="${from.toFixed(6)}" data-share="${share.toFixed(6)}" data-name="${escaped(node.frame.name)}"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="${colorOf(node.frame.name)}" rx="2"/><text x="4" y="13" fill="#1b1f24">${escaped(node.frame.name)}</text></svg>`;
}

/** The same function has the same warm colour everywhere. */
function colorOf(name: string): string {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return `hsl(${10 + (hash % 45)} 75% ${62 + (hash % 13)}%)`;
}

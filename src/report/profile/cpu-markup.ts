import type { CallTree } from '../../measure/call-tree.js';
import type { CpuProfileSummary } from '../../measure/cpu-profile.js';
import { escaped, type Markup, table } from '../html/element.js';
import { tellPercent } from '../quantity.js';
import { flameGraph } from './flame-graph.js';
import { nodeLines, placeOf } from './function-text.js';

/** Where CPU time went: the flame graph, what the process says of itself, and the functions that took most. */
export function cpuMarkup(summary: CpuProfileSummary, tree: CallTree): Markup {
  const notes = summary.notes.map((note) => `<p class="doubtful">${escaped(note)}</p>`).join('');
  return `<p class="faint">A click on a bar widens it, a second click shows all.</p>${flameGraph(tree)}${notes}${readings(summary)}${functions(summary)}`;
}

function readings({ node }: CpuProfileSummary): Markup {
  if (node === undefined) return '';
  const lines = nodeLines(node).map((line) => `<li>${escaped(line)}</li>`);
  return `<ul>${lines.join('')}</ul>`;
}

function functions(summary: CpuProfileSummary): Markup {
  const rows = summary.functions.map((each) => [
    each.name,
    { text: tellPercent(each.selfPercent), value: each.selfPercent },
    { text: tellPercent(each.totalPercent), value: each.totalPercent },
    placeOf(each),
  ]);
  return table('Share of what was sampled outside idling', ['function', 'self', 'total', 'where'], rows);
}

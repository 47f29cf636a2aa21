import { addStack, type CallTree, emptyTree, type Frame } from '../../measure/call-tree.js';
import { refuse } from './json.js';

/**
 * Reads collapsed stacks: `outer;inner;innermost 42` a line, as Brendan Gregg's stackcollapse tools and `py-spy record -f raw` write them.
 * @throws IpcbenchError `FILE` at a line that is not one
 */
export function readCollapsed(text: string, source: string): CallTree {
  const tree = emptyTree('samples');
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^(.+) (\d+(?:\.\d+)?)$/.exec(line.trimEnd());
    if (match === null) refuse(`${source}:${index + 1}`, 'a line of collapsed stacks ends in a count');
    addStack(tree, (match[1] ?? '').split(';').map(frameOf), Number(match[2]));
  }
  return tree;
}

/** py-spy writes `name (file.py:12)`. */
export function frameOf(text: string): Frame {
  const match = /^(.*) \(([^()]+?)(?::(\d+))?\)$/.exec(text.trim());
  if (match === null) return { name: text.trim() };
  const [, name = '', file = '', line] = match;
  return { name, file, ...(line === undefined ? {} : { line: Number(line) }) };
}

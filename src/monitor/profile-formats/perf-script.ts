import { addStack, type CallTree, emptyTree, type Frame } from '../../measure/call-tree.js';
import { refuse } from './json.js';

/** `7f1c main+0x1a (/usr/bin/x)`: address, symbol with offset, object. */
const framePattern = /^\s+[0-9a-f]+\s+(.+?)(?:\+0x[0-9a-f]+)?\s+\((.*)\)$/;

/**
 * Reads the text of `perf script`: samples apart by empty lines, each a heading with the program's name and below it the stack,
 * innermost function first. Each sample counts as one.
 * @throws IpcbenchError `FILE` when there is no sample in it
 */
export function readPerfScript(text: string, source: string): CallTree {
  const tree = emptyTree('samples');
  let samples = 0;
  for (const block of text.split(/\r?\n\s*\r?\n/)) {
    const lines = block.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const heading = lines.findIndex((line) => /^\S.*\s\d+(?:\/\d+)?\s.*:\s/.test(line) || /^\S.*:\s*$/.test(line));
    if (heading < 0) continue;
    const frames = lines.slice(heading + 1).flatMap((line) => frameOf(line));
    addStack(tree, [{ name: programOf(lines[heading] ?? '') }, ...frames.reverse()], 1);
    samples += 1;
  }
  if (samples === 0) refuse(source, 'there is no sample in it');
  return tree;
}

function programOf(heading: string): string {
  return /^(.+?)\s+\d+(?:\/\d+)?\s/.exec(heading)?.[1] ?? heading.trim();
}

function frameOf(line: string): Frame[] {
  const match = framePattern.exec(line);
  if (match === null) return [];
  const [, name = '[unknown]', object = ''] = match;
  return [{ name, ...(object === '' || object === '[unknown]' ? {} : { file: object }) }];
}

import { IpcbenchError } from '../errors.js';
import { type CheckedHeader, checkHeader } from './check/header.js';
import type { LineBlock } from './line-blocks.js';
import { reasonOf } from './reading-failure.js';

/** Reads the first block of lines: the header, which stands on the first line, and what follows it. @throws IpcbenchError `BAD_TRACE` */
export async function readHeader(
  name: string,
  blocks: AsyncGenerator<LineBlock>,
): Promise<{ checked: CheckedHeader; rest: LineBlock }> {
  const { value: block, done } = await blocks.next();
  if (done || block.text.trim() === '')
    throw new IpcbenchError('BAD_TRACE', `${name}:1: the file is empty, expected a trace header on the first line`);
  const newline = block.text.indexOf('\n');
  const end = newline < 0 ? block.text.length : newline + 1;
  const checked = checkHeader(parseHeader(name, block.text.slice(0, end)));
  if ('problem' in checked) throw new IpcbenchError('BAD_TRACE', `${name}:1: ${checked.problem}`);
  return { checked, rest: { text: block.text.slice(end), utf8: block.utf8 } };
}

function parseHeader(name: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new IpcbenchError(
      'BAD_TRACE',
      `${name}:1: not JSON (${reasonOf(error)}), expected a trace header {"ipcbench": "trace", "version": 1, …}`,
    );
  }
}

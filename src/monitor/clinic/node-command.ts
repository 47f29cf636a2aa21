import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { IpcbenchError } from '../../errors.js';

/** A command that runs node, taken apart so that arguments for node itself can be put in. */
export interface NodeCommand {
  readonly node: string;
  /** What follows on node's own arguments to be added. */
  readonly rest: readonly string[];
}

const firstLineBytes = 200;
const nodeScript = /^#!\s*\S*(?:\/env\s+(?:-S\s+)?|\/)node(?:js)?\s*$/;

/**
 * Finds out which node a command would run: `node server.js`, or a script whose first line names node.
 * @throws IpcbenchError `USAGE` for any other program: what it starts in turn would not be seen
 */
export function nodeCommand(words: readonly string[], searchPath: string | undefined): NodeCommand {
  const [name = '', ...rest] = words;
  const program = located(name, searchPath ?? '');
  if (program === undefined) throw usage(`${name} is no program that can be run`);
  if (/^node(js)?$/.test(basename(realpathSync(program)))) return { node: program, rest };
  const [line = ''] = beginningOf(program).split('\n');
  if (nodeScript.test(line))
    return { node: located('node', searchPath ?? '') ?? process.execPath, rest: [program, ...rest] };
  throw usage(`${name} is not node: clinic looks into the process it is started in, and not into what that starts`);
}

function usage(what: string): IpcbenchError {
  return new IpcbenchError('USAGE', `${what}; give the node command itself, such as -- node server.js`);
}

function located(name: string, searchPath: string): string | undefined {
  const places = name.includes('/') ? [name] : searchPath.split(delimiter).map((folder) => join(folder || '.', name));
  return places.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(firstLineBytes);
    return bytes.toString('latin1', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

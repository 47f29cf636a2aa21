import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { IpcbenchError, messageOf } from '../../errors.js';
import type { CallTree } from '../../measure/call-tree.js';
import { readCollapsed } from './collapsed.js';
import { readCpuProfile } from './cpuprofile.js';
import { isRecord, refuse } from './json.js';
import { readPerfScript } from './perf-script.js';
import { readSpeedscope } from './speedscope.js';

/**
 * Reads a profile that someone has, whatever tool wrote it; told by its content, plain or gzip.
 * @throws IpcbenchError `FILE` when it can't be read or is none of them
 */
export function readProfileFile(path: string): CallTree {
  let raw: Buffer;
  try {
    raw = readFileSync(path);
  } catch (error) {
    throw new IpcbenchError('FILE', `${path} cannot be read: ${messageOf(error)}`);
  }
  return parseProfile((raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8'), path);
}

/** @throws IpcbenchError `FILE` when `text` is none of the formats; `source` names it in the message */
export function parseProfile(text: string, source: string): CallTree {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start === '') refuse(source, 'it is empty');
  if (start.startsWith('{')) return parseJson(start, source);
  if (/^[^\n]*\s\d+(?:\/\d+)?\s[^\n]*:\s[^\n]*\n\s+[0-9a-f]+\s/m.test(text)) return readPerfScript(text, source);
  return readCollapsed(text, source);
}

function parseJson(text: string, source: string): CallTree {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(source, `it is not whole JSON (${messageOf(error)})`);
  }
  return isRecord(value) && 'shared' in value ? readSpeedscope(value, source) : readCpuProfile(value, source);
}

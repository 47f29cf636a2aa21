import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { IpcbenchError, messageOf, systemCodeOf } from '../errors.js';
import { type Report, reportSchema } from './model.js';
import { type Check, checkOf } from './schema.js';

/**
 * Checks that a file can be written where `path` says, before anything is measured. Leaves nothing behind.
 * @throws IpcbenchError `FILE`
 */
export function proveWritable(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    const trial = found === undefined || found.isFile() ? besides(path) : undefined;
    closeSync(openSync(trial ?? path, trial === undefined ? 'w' : 'wx'));
    if (trial !== undefined) rmSync(trial);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Writes a whole file or nothing: a reader never sees half of one, and a crash leaves the old one.
 * @throws IpcbenchError `FILE`
 */
export function writeWhole(path: string, text: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) writeFileSync(path, text);
    else replaceFile(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** A pipe or a device has nothing to replace; a file is replaced as a whole. */
function replaceFile(path: string, text: string): void {
  const partial = besides(path);
  const file = openSync(partial, 'wx');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a report file.
 * @throws IpcbenchError `FILE`; Error when a figure is not finite (JSON would turn it into null unnoticed)
 */
export function writeReport(path: string, report: Report): void {
  writeWhole(path, `${reportText(report)}\n`);
}

/** The report as JSON. @throws Error naming the first figure that is not finite */
export function reportText(report: Report): string {
  const fault = notFinite(report, 'report');
  if (fault !== undefined) throw new Error(`the report cannot be written: ${fault}`);
  return JSON.stringify(report, null, 1);
}

function notFinite(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const fault = notFinite(inner, `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Reads a report file and checks its shape against the shipped schema.
 * @throws IpcbenchError `FILE` when it cannot be read, `BAD_REPORT` when it is no report of this version
 */
export function readReport(path: string): Report {
  return readWith(checkOf('report'), path);
}

/** As {@link readReport}, of several files. */
export function readReports(paths: readonly string[]): Report[] {
  const check = checkOf('report');
  return paths.map((path) => readWith(check, path));
}

function readWith(check: Check, path: string): Report {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new IpcbenchError('FILE', `${path}: ${why}`, { cause: error });
  }
  return parseReport(text, path, check);
}

/** As {@link readReport}, of a text that came from `path`. */
export function parseReport(text: string, path: string, check: Check = checkOf('report')): Report {
  const bad = (what: string, cause?: unknown): IpcbenchError =>
    new IpcbenchError('BAD_REPORT', `${path}: ${what}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(notJson(text, error), error);
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== reportSchema) throw bad(otherSchema(schema));
  const fault = check(value);
  if (fault !== undefined) throw bad(`not a sound ${reportSchema}: ${fault}`);
  const report = value as Report;
  if (report.results.length === 0) throw bad('the report has no results; replay again with at least one --strategy');
  const labels = report.results.map(({ label }) => label);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw bad(`two of its results are called ${twice}; labels are unique within a report`);
  return report;
}

function notJson(text: string, error: unknown): string {
  if (text.trim() === '') return 'the file is empty; expected a report written by `ipcbench replay --report`';
  const odd = /[:,[]\s*(-?(?:NaN|Infinity))\b/.exec(text);
  if (odd !== null) return `holds ${odd[1]}, which is not JSON; every figure of a report is finite`;
  const position = Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? 0);
  if (/end of JSON/.test(messageOf(error)) || position >= text.trimEnd().length)
    return 'the JSON is cut short; copy the file again or replay again';
  return `not JSON (${messageOf(error).split('\n')[0]}); expected a report written by \`ipcbench replay --report\``;
}

function otherSchema(schema: unknown): string {
  if (typeof schema !== 'string' || !schema.startsWith('ipcbench.report/'))
    return 'JSON, but not an ipcbench report; expected one written by `ipcbench replay --report`';
  return `written as ${schema}, and this version reads ${reportSchema}; replay again, or read it with the version that wrote it`;
}

function besides(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`);
}

function unwritable(path: string, error: unknown): IpcbenchError {
  const reasons: Record<string, string> = {
    ENOENT: 'its folder does not exist',
    EACCES: 'no permission',
    EISDIR: 'it is a folder',
    ENOTDIR: 'its folder is a file',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  const why = reasons[systemCodeOf(error) ?? ''] ?? messageOf(error);
  return new IpcbenchError('FILE', `cannot write ${path}: ${why}; give a path that can be written`, { cause: error });
}

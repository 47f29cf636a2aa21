import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, renameSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { systemCodeOf } from '../../errors.js';

/**
 * A small file whose content is replaced as a whole: it has two slots, and the one that is not current is overwritten by a single write,
 * with a sequence number and a checksum. A reader takes the newest slot that is whole, so one that reads during a write, or after
 * a writer died in it, sees the content before. Replacing a file by rename(2) would do the same, but ext4 then flushes it to the disk
 * (`auto_da_alloc`, ext4(5)): milliseconds where this takes some ten microseconds.
 *
 * Calls are synchronous: the page cache answers faster than a trip through libuv's pool and back.
 */
const sequenceBytes = 8;
const lengthBytes = 4;
const checksumBytes = 16;
const headBytes = sequenceBytes + lengthBytes + checksumBytes;
const minSlotBytes = 512;

interface Slot {
  index: 0 | 1;
  sequence: number;
  content: Buffer;
}

/** The current content; undefined when there is no such file. */
export function readSlotted(path: string): Buffer | undefined {
  const whole = withFile(path, 'r', (descriptor) => readWhole(descriptor));
  return whole === undefined ? undefined : current(whole)?.content;
}

/** The newest whole slot of a file that was read as a whole. */
export function current(whole: Buffer): Slot | undefined {
  const [a, b] = [slotAt(whole, 0), slotAt(whole, 1)];
  if (a === undefined || b === undefined) return a ?? b;
  return a.sequence > b.sequence ? a : b;
}

export function writeSlotted(path: string, content: Uint8Array): void {
  let sequence = 1;
  const written = withFile(path, 'r+', (descriptor) => {
    const whole = readWhole(descriptor);
    const before = current(whole);
    sequence = (before?.sequence ?? 0) + 1;
    const slotBytes = whole.length / 2;
    if (headBytes + content.length > slotBytes) return false;
    const record = recordOf(sequence, content);
    writeSync(descriptor, record, 0, record.length, before?.index === 0 ? slotBytes : 0);
    return true;
  });
  if (written !== true) create(path, sequence, content);
}

/** A file that is new, or whose slots are too small, is made beside its place and put there by rename(2). */
function create(path: string, sequence: number, content: Uint8Array): void {
  const slotBytes = Math.max(minSlotBytes, 2 ** Math.ceil(Math.log2((headBytes + content.length) * 1.25)));
  const whole = Buffer.alloc(2 * slotBytes);
  whole.set(recordOf(sequence, content));
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeFileSync(temporary, whole, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    withoutMissing(() => unlinkSync(temporary));
    throw error;
  }
}

export function removeSlotted(path: string): void {
  withoutMissing(() => unlinkSync(path));
}

function recordOf(sequence: number, content: Uint8Array): Buffer {
  const record = Buffer.alloc(headBytes + content.length);
  record.writeDoubleLE(sequence, 0);
  record.writeUInt32LE(content.length, sequenceBytes);
  record.set(content, headBytes);
  record.set(checksumOf(record, record.length), sequenceBytes + lengthBytes);
  return record;
}

function slotAt(whole: Buffer, index: 0 | 1): Slot | undefined {
  const slotBytes = whole.length / 2;
  const slot = whole.subarray(index * slotBytes, (index + 1) * slotBytes);
  if (slot.length < headBytes) return undefined;
  const end = headBytes + slot.readUInt32LE(sequenceBytes);
  const sequence = slot.readDoubleLE(0);
  if (sequence < 1 || end > slot.length) return undefined;
  const stored = slot.subarray(sequenceBytes + lengthBytes, headBytes);
  return checksumOf(slot, end).equals(stored) ? { index, sequence, content: slot.subarray(headBytes, end) } : undefined;
}

/** Covers sequence, length and content. */
function checksumOf(slot: Buffer, end: number): Buffer {
  const hash = createHash('sha256').update(slot.subarray(0, sequenceBytes + lengthBytes));
  return hash.update(slot.subarray(headBytes, end)).digest().subarray(0, checksumBytes);
}

function readWhole(descriptor: number): Buffer {
  const whole = Buffer.alloc(fstatSync(descriptor).size);
  return whole.subarray(0, readSync(descriptor, whole, 0, whole.length, 0));
}

function withFile<T>(path: string, flags: 'r' | 'r+', work: (descriptor: number) => T): T | undefined {
  const descriptor = withoutMissing(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function withoutMissing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

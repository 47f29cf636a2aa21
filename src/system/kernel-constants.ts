import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** What the kernel counts in. */
export interface KernelConstants {
  /** Bytes in a page, the unit of `statm`. */
  pageBytes: number;
  /** Nanoseconds in a clock tick, the unit of the times in `stat`. */
  tickNs: number;
}

/** Entry types of the auxiliary vector that the kernel hands to each program: getauxval(3), `<linux/auxvec.h>`. */
const pageSizeEntry = 6n;
const ticksPerSecondEntry = 17n;

/** Reads them from this process' own auxiliary vector; 4096 bytes and 10 ms, which nearly all kernels use, where it can't be read. */
export function readKernelConstants(): KernelConstants {
  const entries = auxiliaryVector();
  return {
    pageBytes: Number(entries.get(pageSizeEntry) ?? 4096n),
    tickNs: 1e9 / Number(entries.get(ticksPerSecondEntry) ?? 100n),
  };
}

function auxiliaryVector(): Map<bigint, bigint> {
  const entries = new Map<bigint, bigint>();
  let raw: Buffer;
  try {
    raw = readFileSync('/proc/self/auxv');
  } catch {
    return entries;
  }
  const wordAt = (offset: number): bigint =>
    endianness() === 'LE' ? raw.readBigUInt64LE(offset) : raw.readBigUInt64BE(offset);
  for (let offset = 0; offset + 16 <= raw.length; offset += 16) entries.set(wordAt(offset), wordAt(offset + 8));
  return entries;
}

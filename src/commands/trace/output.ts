import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemCodeOf } from '../../errors.js';
import type { TraceHeader, TraceOperation } from '../../trace/operation.js';
import { traceText } from '../../trace/writer.js';

/** Prints a trace. A reader that has seen enough (`| head`) is no error. */
export async function printTrace(
  stdout: NodeJS.WriteStream,
  header: TraceHeader,
  operations: Iterable<TraceOperation> | AsyncIterable<TraceOperation>,
): Promise<void> {
  try {
    await pipeline(Readable.from(traceText(header, operations), { objectMode: false }), stdout, { end: false });
  } catch (error) {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  }
}

import type { Readable } from 'node:stream';
import { IpcbenchError } from '../errors.js';
import { suggestion } from '../measure/nearest-name.js';
import { isCutShort, type LocalTrace, localTrace, openBytes, type SpoolOptions } from './bytes.js';
import type { CheckedHeader } from './check/header.js';
import { OperationCheck } from './check/operation.js';
import { readHeader } from './header-line.js';
import { type ByteTally, type LineBlock, lineBlocks } from './line-blocks.js';
import type { TraceHeader, TraceOperation } from './operation.js';
import { failure, reasonOf } from './reading-failure.js';
import { summarise, type TraceSummary } from './summary.js';

export interface ReadOptions extends SpoolOptions {
  /** Leaves bad operation lines out and counts them, instead of failing at the first. A bad header still fails. */
  skipInvalid?: boolean;
}

export interface OpenTrace {
  header: TraceHeader;
  /** All operations in file order, checked, some thousand at a time. Once per open trace. */
  batches(): AsyncGenerator<TraceOperation[]>;
  /** What the pass found. @throws Error before the last batch was read */
  summary(): TraceSummary;
  /** Ends reading and removes a copy of standard input. May be called twice. */
  close(): Promise<void>;
}

/** A trace as library users read it: `for await (const operation of trace)`. */
export interface ReadableTrace extends AsyncIterable<TraceOperation> {
  header: TraceHeader;
  summary(): TraceSummary;
  close(): Promise<void>;
}

const skippedExamplesKept = 5;

/**
 * Opens a trace, plain or gzip, `-` for standard input, and checks its header. The operations are read as a stream, in memory that does
 * not grow with their number.
 * @throws IpcbenchError `FILE` when it cannot be read, `BAD_TRACE` (also from the batches) as `file:line: what, and what was expected`
 */
export async function openTrace(path: string, options: ReadOptions = {}): Promise<OpenTrace> {
  const local = await localTrace(path, options);
  try {
    return await OpenedTrace.open(local, options.skipInvalid ?? false);
  } catch (error) {
    await local.dispose();
    throw error;
  }
}

/** Reads all of a trace and says what is in it. @throws as {@link openTrace} */
export async function validateTrace(
  path: string,
  options: ReadOptions = {},
): Promise<TraceSummary & { header: TraceHeader }> {
  const trace = await openTrace(path, options);
  try {
    for await (const _ of trace.batches());
    return { ...trace.summary(), header: trace.header };
  } finally {
    await trace.close();
  }
}

/** Opens a trace for reading operation by operation; it closes itself when the loop over it ends. @throws as {@link openTrace} */
export async function readTrace(path: string, options: ReadOptions = {}): Promise<ReadableTrace> {
  const trace = await openTrace(path, options);
  return {
    header: trace.header,
    summary: () => trace.summary(),
    close: () => trace.close(),
    async *[Symbol.asyncIterator]() {
      try {
        for await (const batch of trace.batches()) yield* batch;
      } finally {
        await trace.close();
      }
    },
  };
}

class OpenedTrace implements OpenTrace {
  readonly header: TraceHeader;
  readonly #check: OperationCheck;
  readonly #tally: ByteTally;
  readonly #skippedExamples: string[] = [];
  #skipped = 0;
  /** Number of the last line taken; the header was the first. */
  #line = 1;
  #state: 'open' | 'reading' | 'read' = 'open';

  private constructor(
    private readonly local: LocalTrace,
    private readonly skipInvalid: boolean,
    private readonly stream: Readable,
    private readonly blocks: AsyncGenerator<LineBlock>,
    start: { checked: CheckedHeader; rest: LineBlock; tally: ByteTally },
  ) {
    this.header = start.checked.header;
    this.#check = new OperationCheck(start.checked);
    this.#tally = start.tally;
    this.rest = start.rest;
  }

  private readonly rest: LineBlock;

  static async open(local: LocalTrace, skipInvalid: boolean): Promise<OpenedTrace> {
    const stream = await openBytes(local.path, local.name);
    try {
      const tally: ByteTally = { bytes: 0, sha256: '' };
      const blocks = lineBlocks(stream, tally);
      const start = await readHeader(local.name, blocks);
      return new OpenedTrace(local, skipInvalid, stream, blocks, { ...start, tally });
    } catch (error) {
      stream.destroy();
      throw failure(local.name, 1, error);
    }
  }

  async *batches(): AsyncGenerator<TraceOperation[]> {
    if (this.#state !== 'open') throw new Error('the batches of an open trace can be read once; open it again');
    this.#state = 'reading';
    try {
      const first = this.#parse(this.rest);
      if (first.length > 0) yield first;
      for await (const block of this.blocks) {
        const batch = this.#parse(block);
        if (batch.length > 0) yield batch;
      }
    } catch (error) {
      if (!(this.skipInvalid && isCutShort(error))) throw failure(this.local.name, this.#line + 1, error);
      this.#skip(`${this.local.name}:${this.#line + 1}: the compressed file ends here in the middle`);
    } finally {
      this.stream.destroy();
    }
    this.#checkWhole();
    this.#state = 'read';
  }

  summary(): TraceSummary {
    if (this.#state !== 'read') throw new Error('the summary of a trace is known after its last batch');
    const { sha256, bytes } = this.#tally;
    const read = { sha256, bytes, skipped: this.#skipped, skippedExamples: this.#skippedExamples };
    return summarise(this.header, this.#check, read);
  }

  async close(): Promise<void> {
    this.stream.destroy();
    await this.local.dispose();
  }

  #parse({ text, utf8 }: LineBlock): TraceOperation[] {
    const batch: TraceOperation[] = [];
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf('\n', from);
      const to = newline < 0 ? text.length : newline;
      const line = text.slice(from, to);
      from = to + 1;
      this.#line++;
      const problem = utf8 || !line.includes('\ufffd') ? this.#take(line, batch) : 'not UTF-8, expected JSON in UTF-8';
      if (problem !== undefined) this.#refuse(problem);
    }
    return batch;
  }

  /** Adds the operation of one line to the batch, or says what is wrong with it. Blank lines are nothing. */
  #take(line: string, batch: TraceOperation[]): string | undefined {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      return line.trim() === '' ? undefined : `not JSON (${reasonOf(error)}), expected one operation as a JSON object`;
    }
    const problem = this.#check.check(value);
    if (problem === undefined) batch.push(value as TraceOperation);
    return problem;
  }

  #refuse(problem: string): void {
    const message = `${this.local.name}:${this.#line}: ${problem}`;
    if (!this.skipInvalid) throw new IpcbenchError('BAD_TRACE', message);
    this.#skip(message);
  }

  #skip(message: string): void {
    this.#skipped++;
    if (this.#skippedExamples.length < skippedExamplesKept) this.#skippedExamples.push(message);
  }

  /** What only the end of the file can tell. */
  #checkWhole(): void {
    const { operations, primary } = this.header;
    const { kinds, operations: found } = this.#check;
    const fail = (problem: string): never => {
      throw new IpcbenchError('BAD_TRACE', `${this.local.name}: ${problem}`);
    };
    if (operations !== undefined && operations !== found + this.#skipped && !this.skipInvalid)
      fail(
        `holds ${found} operations, expected ${operations} as its header says: it was cut or edited; correct "operations" if that is right`,
      );
    if (primary !== undefined && found > 0 && !kinds.has(primary))
      fail(
        `"primary" is ${JSON.stringify(primary)}, expected a kind of operation in the trace (${suggestion(primary, kinds.keys())})`,
      );
    const endless = this.header.processes.some(
      ({ name, loop }) =>
        loop !== undefined && loop.repeat !== false && (this.#check.processes.get(name)?.count ?? 0) > 0,
    );
    if (endless && Math.max(this.header.durationMs ?? 0, this.#check.lastDueMs) === 0)
      fail('nothing says when its loops end, expected "durationMs" in the header or an operation with "at" over 0');
  }
}

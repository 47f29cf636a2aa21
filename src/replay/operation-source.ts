import { createReadStream, type ReadStream } from 'node:fs';
import type { TraceOperation } from '../trace/operation.js';

/** Enough to hold small traces whole before the start, so that nothing is parsed while it is being measured. */
const bufferedAtMost = 20_000;
/** A chunk of 16 KiB parses in some 0.1 ms: short enough not to delay what is due. */
const chunkBytes = 16 * 1024;

/** Reads one lane of a worker's plan ahead of time: operation lines in the order of their due times, in bounded memory. */
export class OperationSource {
  readonly #path: string;
  #stream: ReadStream;
  #chunks: AsyncIterator<string>;
  #buffer: TraceOperation[] = [];
  #next = 0;
  #rest = '';
  #ended = false;
  #filling: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    [this.#stream, this.#chunks] = openLines(path);
  }

  /** The next operation without taking it; undefined when the buffer is empty: then `refill` or, if `ended`, it is over. */
  peek(): TraceOperation | undefined {
    return this.#buffer[this.#next];
  }

  take(): TraceOperation | undefined {
    const operation = this.#buffer[this.#next];
    if (operation === undefined) return undefined;
    this.#next += 1;
    if (this.#next >= bufferedAtMost / 2) {
      this.#buffer = this.#buffer.slice(this.#next);
      this.#next = 0;
      if (!this.#ended) void this.refill();
    }
    return operation;
  }

  /** Whether nothing is left to read; the buffer may still hold operations. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads on until the buffer is full or the lane ends. */
  refill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  /** Waits for the next operation without taking it; undefined at the end. */
  async ahead(): Promise<TraceOperation | undefined> {
    while (this.peek() === undefined && !this.#ended) await this.refill();
    return this.peek();
  }

  /** Waits for the next operation; undefined at the end. */
  async wait(): Promise<TraceOperation | undefined> {
    await this.ahead();
    return this.take();
  }

  /** Starts again from the first operation. */
  rewind(): void {
    this.#stream.destroy();
    [this.#stream, this.#chunks] = openLines(this.#path);
    this.#buffer = [];
    this.#next = 0;
    this.#rest = '';
    this.#ended = false;
  }

  close(): void {
    this.#stream.destroy();
  }

  async #fill(): Promise<void> {
    while (!this.#ended && this.#buffer.length - this.#next < bufferedAtMost) {
      const { value, done } = await this.#chunks.next();
      const lines = (this.#rest + (done === true ? '' : value)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#buffer.push(JSON.parse(line) as TraceOperation);
      this.#ended = done === true;
    }
  }
}

function openLines(path: string): [ReadStream, AsyncIterator<string>] {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: chunkBytes });
  return [stream, stream[Symbol.asyncIterator]() as AsyncIterator<string>];
}

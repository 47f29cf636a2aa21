import type { CommandContext } from '../../context.js';

/** Control sequences of ECMA-48: clear to the end of the line / of the screen, cursor up, hide and show it (DEC private mode 25). */
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** A block of lines on a terminal that is redrawn in place, and a `q` that ends it. */
export class LiveScreen {
  readonly #context: CommandContext;
  readonly #quit = new AbortController();
  #drawn = 0;

  /** Takes the keyboard over where there is one; {@link close} gives it back. */
  constructor(context: CommandContext) {
    this.#context = context;
    context.stderr.write(hideCursor);
    if (!context.stdin.isTTY) return;
    context.stdin.setRawMode(true);
    context.stdin.on('data', this.#onKey);
    context.stdin.resume();
  }

  /** Aborted by `q`, and by Ctrl-C, which a terminal in raw mode hands over as a key. */
  get quit(): AbortSignal {
    return this.#quit.signal;
  }

  /** A terminal that doesn't know its size says 0. */
  get width(): number {
    return this.#context.stderr.columns || 80;
  }

  get height(): number {
    return (this.#context.stderr.rows || 25) - 1;
  }

  draw(lines: readonly string[]): void {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#context.stderr.write(`${up}${lines.map((line) => `${line}${clearLine}\n`).join('')}${clearBelow}`);
    this.#drawn = lines.length;
  }

  /** Clears the block and gives cursor and keyboard back. */
  close(): void {
    this.draw([]);
    this.#context.stderr.write(showCursor);
    if (!this.#context.stdin.isTTY) return;
    this.#context.stdin.off('data', this.#onKey);
    this.#context.stdin.setRawMode(false);
    this.#context.stdin.pause();
  }

  #onKey = (key: Buffer): void => {
    if (['q', 'Q', '\u0003', '\u0004'].includes(key.toString())) this.#quit.abort();
  };
}

import { hashOf } from './evidence.js';
import type { Footprint } from './footprint.js';

/** Who locks, uses and writes a key or an entry: this shard, or any of the others. */
const marks = { lockedHere: 1, lockedElsewhere: 2, usedHere: 4, writtenElsewhere: 8 } as const;

interface Structure {
  usedHere: boolean;
  takenWholeHere: boolean;
  writtenElsewhere: boolean;
  takenWholeElsewhere: boolean;
}

/**
 * Counts what a shard has in common with the others of its run: locks that both take, entries that it uses and they write. What happens
 * between them no oracle sees, since each has the evidence of its own shard only.
 */
export class OverlapCensus {
  readonly #names = new Map<number, number>();
  readonly #structures = new Map<string, Structure>();
  readonly #unknownLocks = { here: false, elsewhere: false };
  readonly #anyLocks = { here: false, elsewhere: false };

  /** @param here whether the operation is one of this shard */
  add(print: Footprint, here: boolean): void {
    const side = here ? 'here' : 'elsewhere';
    if (print.locks.length > 0 || print.unknownLocks) this.#anyLocks[side] = true;
    if (print.unknownLocks) this.#unknownLocks[side] = true;
    for (const lock of print.locks) this.#mark(lock, here ? marks.lockedHere : marks.lockedElsewhere);
    for (const entry of here ? print.entries : print.written) {
      this.#mark(entry, here ? marks.usedHere : marks.writtenElsewhere);
      this.#note(entry.slice(0, entry.indexOf('\u0000')), here ? 'usedHere' : 'writtenElsewhere');
    }
    for (const structure of here ? [...print.wholeRead, ...print.wholeWritten] : print.wholeWritten) {
      this.#note(structure, here ? 'usedHere' : 'writtenElsewhere');
      this.#note(structure, here ? 'takenWholeHere' : 'takenWholeElsewhere');
    }
  }

  /** Locks, entries and structures whose use no single oracle sees; 0: this shard's oracle sees all there is to see. */
  get unseen(): number {
    const crossed = (mark: number): boolean =>
      (mark & 3) === 3 || ((mark & marks.usedHere) !== 0 && (mark & marks.writtenElsewhere) !== 0);
    const named = [...this.#names.values()].filter(crossed).length;
    const whole = [...this.#structures.values()].filter(
      ({ usedHere, takenWholeHere, writtenElsewhere, takenWholeElsewhere }) =>
        usedHere && writtenElsewhere && (takenWholeHere || takenWholeElsewhere),
    ).length;
    return named + whole + this.#crossedUnknownLocks();
  }

  /** A lock whose key only the run knows may be any that the other side takes. */
  #crossedUnknownLocks(): number {
    const { here, elsewhere } = this.#unknownLocks;
    return (here && this.#anyLocks.elsewhere) || (elsewhere && this.#anyLocks.here) ? 1 : 0;
  }

  #mark(name: string, mark: number): void {
    const hash = hashOf(name);
    this.#names.set(hash, (this.#names.get(hash) ?? 0) | mark);
  }

  #note(name: string, what: keyof Structure): void {
    const known = this.#structures.get(name) ?? {
      usedHere: false,
      takenWholeHere: false,
      writtenElsewhere: false,
      takenWholeElsewhere: false,
    };
    known[what] = true;
    this.#structures.set(name, known);
  }
}

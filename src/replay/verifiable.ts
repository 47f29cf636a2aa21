import type { Step, TraceStructure } from '../trace/operation.js';

/**
 * Finds the structures whose every write stores what the same operation had read of the same entry (or patches it): for these, and only
 * these, lost updates and stale reads can be told from the values alone. Fed with every step list a trace uses.
 */
export class VerifiableStructures {
  readonly #written = new Set<string>();
  readonly #blind = new Set<string>();

  add(steps: readonly Step[], readBefore: ReadonlySet<string> = new Set()): void {
    const read = new Set(readBefore);
    for (const step of steps) this.#addStep(step, read);
  }

  names(structures: readonly TraceStructure[]): string[] {
    return structures
      .filter(({ name, kind }) => kind !== 'queue' && this.#written.has(name) && !this.#blind.has(name))
      .map(({ name }) => name);
  }

  #addStep(step: Step, read: Set<string>): void {
    switch (step.do) {
      case 'read':
        read.add(`${step.in}\u0000${step.key ?? ''}`);
        break;
      case 'write':
        (read.has(`${step.in}\u0000${step.key ?? ''}`) ? this.#written : this.#blind).add(step.in);
        break;
      case 'patch':
      case 'patch-many':
        this.#written.add(step.in);
        break;
      case 'delete':
      case 'clear':
      case 'replace-all':
      case 'write-many':
        this.#blind.add(step.in);
        break;
      case 'each':
        this.add(step.steps, read);
        break;
      default:
    }
  }
}

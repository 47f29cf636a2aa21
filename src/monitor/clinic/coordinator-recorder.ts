import { join } from 'node:path';
import type { InstalledTool } from './installation.js';
import { Recording } from './recording.js';

/** The recording of one coordinator, from its start to its end. */
export interface CoordinatorRecording {
  readonly label: string;
  readonly coordinator: string;
  readonly recording: Recording;
  /** Why there is nothing to see in it. */
  unseen?: string;
}

/** Puts a clinic tool into every coordinator that a replay starts, and keeps what each one recorded. */
export class CoordinatorRecorder {
  readonly installed: InstalledTool;
  readonly all: CoordinatorRecording[] = [];
  readonly #directory: string;

  /** `directory` is where recordings go, each in a folder of its own. */
  constructor(installed: InstalledTool, directory: string) {
    this.installed = installed;
    this.#directory = directory;
  }

  /** Begins the recording of a coordinator of the strategy of this label. */
  begin(label: string, coordinator: string): CoordinatorRecording {
    const recording = new Recording(this.installed, join(this.#directory, String(this.all.length + 1)));
    const begun: CoordinatorRecording = { label, coordinator, recording };
    this.all.push(begun);
    return begun;
  }

  /** What slowed this strategy's coordinators, in words; undefined when there is none it ran in. */
  slowed(label: string): string | undefined {
    const seen = this.all.some((each) => each.label === label && each.unseen === undefined);
    return seen ? `clinic ${this.installed.tool.name}` : undefined;
  }
}

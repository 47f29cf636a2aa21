import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstalledTool } from './installation.js';
import type { ClinicToolName } from './tool.js';

/** What a Node process must be started with so that a clinic tool runs in it. */
export interface Instrumentation {
  /** Arguments of node itself, before the program. */
  readonly nodeArguments: readonly string[];
  /** Variables on top of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Handed to the preload in the environment, as JSON. */
export interface PreloadOrder {
  tool: ClinicToolName;
  /** Folder of the tool's package. */
  folder: string;
  /** Where it leaves what it records. */
  directory: string;
  /** How many of the process' node arguments are ours; its children must not inherit them. */
  ownArguments: number;
  /** Descriptor to write to when recording has begun. */
  announceOn: number | undefined;
}

/** Name of the variable that carries the {@link PreloadOrder}. */
export const orderVariable = 'IPCBENCH_CLINIC';

const preload = fileURLToPath(new URL('./preload.cjs', import.meta.url));

/** What one process leaves behind for a clinic page; its files lie in a folder of their own. */
export class Recording {
  readonly installed: InstalledTool;
  readonly directory: string;

  /** Makes the folder. */
  constructor(installed: InstalledTool, directory: string) {
    this.installed = installed;
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** `announceOn`: descriptor of the process on which it is to say a word when recording has begun. */
  instrumentation(announceOn?: number): Instrumentation {
    const { tool, folder } = this.installed;
    const nodeArguments = ['--require', preload, ...this.#v8Arguments(tool.name)];
    const order: PreloadOrder = {
      tool: tool.name,
      folder,
      directory: this.directory,
      ownArguments: nodeArguments.length,
      announceOn,
    };
    return { nodeArguments, env: { [orderVariable]: JSON.stringify(order) } };
  }

  /** Whether the process got as far as recording anything. */
  get started(): boolean {
    return existsSync(this.directory) && readdirSync(this.directory).length > 0;
  }

  #v8Arguments(tool: ClinicToolName): string[] {
    // The pattern's ${rotation} is Node's: a new file each 524,288 events.
    const traceFiles = ['--trace-event-file-pattern', join(this.directory, `node_trace.\${rotation}.log`)];
    const forms: Record<ClinicToolName, string[]> = {
      doctor: ['--trace-event-categories', 'v8', ...traceFiles],
      bubbleprof: ['--trace-event-categories', 'node.async_hooks', ...traceFiles],
      flame: ['--prof', `--logfile=${join(this.directory, 'v8.log')}`],
      heapprofiler: [],
    };
    return forms[tool];
  }
}

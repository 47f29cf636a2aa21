import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadStrategy, type StrategyReference } from '../index.js';
import { serveStrategy } from '../library.js';
import type { CoordinatorProgram } from '../strategy.js';

export interface GateConfig {
  /** The strategy whose locks make the gate. */
  spec: string;
  /** In the round's folder: tells how to reach them. */
  file: string;
}

/** How servers reach the locks. */
export interface GateFile {
  reference: StrategyReference;
  addresses: Record<string, string>;
  directory: string;
}

/** Keeps the locks of a gate that several servers share, and writes down how to reach them. */
const program: CoordinatorProgram = async ({ config, directory: shared, secret }) => {
  const { spec, file } = config as unknown as GateConfig;
  const { strategy, options, reference } = await loadStrategy(spec);
  // A folder of its own: the strategy that this one is joined with may use the same names.
  const directory = join(shared, 'gate');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const served = await serveStrategy(strategy, { options, directory, secret });
  const path = join(shared, file);
  const told: GateFile = { reference, addresses: served.addresses, directory };
  await writeFile(path, JSON.stringify(told), { mode: 0o600 });
  return {
    address: `unix:${path}`,
    close: async () => {
      await served.close();
      await Promise.all([rm(path, { force: true }), rm(directory, { recursive: true, force: true })]);
    },
  };
};

export default program;

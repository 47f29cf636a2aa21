import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadStrategy } from '../index.js';
import { serveStrategy } from '../library.js';
import type { CoordinatorProgram } from '../strategy.js';
import type { Hosted } from './hosted.js';

export interface HostConfig {
  /** The strategy to host. */
  spec: string;
  /** In the round's folder: tells how to reach it. */
  file: string;
}

/** Hosts the coordinators of another strategy, for the servers of this one, and writes down how to reach them. */
const program: CoordinatorProgram = async ({ name, config, directory: shared, secret }) => {
  const { spec, file } = config as unknown as HostConfig;
  const { strategy, options, reference } = await loadStrategy(spec);
  // A folder of its own: the strategy that this one is joined with may use the same names.
  const directory = join(shared, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const served = await serveStrategy(strategy, { options, directory, secret });
  const path = join(shared, file);
  const told: Hosted = { reference, addresses: served.addresses, directory };
  await writeFile(path, JSON.stringify(told), { mode: 0o600 });
  // What serves in another process is what is to be sampled, and missed when it ends; what runs in this one beside it hardly has a thing to do.
  const [serving] = served.elsewhere;
  return {
    address: `unix:${path}`,
    ...serving,
    close: async () => {
      await served.close();
      await Promise.all([rm(path, { force: true }), rm(directory, { recursive: true, force: true })]);
    },
  };
};

export default program;

import { fanOutStrategy } from './fan-out/fan-out-strategy.js';

export default fanOutStrategy({
  name: 'forward-before',
  summary: 'forward-pool as teams start out: a new pool for each cycle, chunks in order, models rebuilt and copied.',
  description: `forward-pool:pool=per-cycle,collect=ordered,result=rebuild under a name of its own; "ipcbench strategies forward-pool" tells how it works.

Everything that the main process does comes after the waiting: fresh workers load their modules before they ask anybody, the first chunk
holds up all others, and each answer is converted twice, number by number.

Replayed beside forward-after, each of the three changes is replayed by itself as well, so that the table shows what each one brings.`,
  switches: { pool: 'per-cycle', collect: 'ordered', result: 'rebuild' },
});

import { fanOutStrategy } from './fan-out/fan-out-strategy.js';

export default fanOutStrategy({
  name: 'forward-after',
  summary:
    'forward-pool with all three changes: one pool for all cycles, chunks as they come in, plain tuples by index.',
  description: `forward-pool:pool=reused,collect=as-completed,result=tuple under a name of its own; "ipcbench strategies forward-pool" tells how it works.

The workers are started by the first cycle, which pays for it; the main process works while others wait, and what it does for an answer is
validating it.

Replayed beside forward-before, each of the three changes is replayed by itself as well, so that the table shows what each one brings.`,
  switches: { pool: 'reused', collect: 'as-completed', result: 'tuple' },
  changes: { from: 'forward-before', options: ['pool=reused', 'collect=as-completed', 'result=tuple'] },
});

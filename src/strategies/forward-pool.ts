import { fanOutStrategy } from './fan-out/fan-out-strategy.js';

export default fanOutStrategy({
  name: 'forward-pool',
  summary: 'Cycles of calls through a pool of worker processes, each change to be switched on by itself.',
  description: `The miners of a cycle are dealt in equal chunks to worker processes, which ask them and hand back what they answered; what has not
answered by the time-out is cut there. The calling process takes every chunk apart, keeps the answers by their index and has each one
validated. pool says whether workers are started for each cycle and load their modules anew (import-ms of CPU time, on real modules),
collect whether chunks are worked on in order or as they come in, result whether a model object is built of each answer and copied.

Calls: a task and its reply for each chunk; a connection for each worker that is started.

A worker that dies is replaced and its chunk asked once more, with the full time-out; a second death, a worker that has not collected its
answers a minute after the time-out, or three that do not even get ready where no other is left, fails the cycle. Workers end with the process that started them, however that ends.

Use it where answers are too many or too large for one process to wait for and parse; forward-before and forward-after are the two ends.`,
  switches: { pool: 'reused', collect: 'as-completed', result: 'tuple' },
});

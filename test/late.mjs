// Loaded into every process of `node test/run.mjs --late`: processes start late, and what they write to a socket leaves late, in order. A
// test that takes for granted what comes first fails here on any machine, not only on somebody else's.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const startsLate = { share: 0.5, withinMs: 1_000 };
const writesLate = { share: 0.3, withinMs: 25 };

const isLate = ({ share }) => Math.random() < share;
const delayMs = ({ withinMs }) => Math.random() * withinMs;

if (isMainThread && isLate(startsLate))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs(startsLate));

for (const name of ['_write', '_writev']) {
  const write = Socket.prototype[name];
  Socket.prototype[name] = function (...given) {
    const own = this === process.stdout || this === process.stderr;
    if (own || !isLate(writesLate)) return write.apply(this, given);
    setTimeout(() => write.apply(this, given), delayMs(writesLate));
  };
}

// Load on a coordinator, from a process of its own: `load.mjs manager <served file>` or `load.mjs redis <socket>`. Answers each line on
// its standard input with how many rounds of calls it has done so far.
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { openServed } from '../../dist/strategies/served.js';

const [kind, where] = process.argv.slice(2);
const inFlight = 8;
let done = 0;

async function roundsOn(turn) {
  for (;;) {
    await turn();
    done += 1;
  }
}

if (kind === 'manager') {
  const { state } = await openServed(where, { process: `load-${process.pid}` });
  const value = { quantity: 1, prices: Array.from({ length: 20 }, (_, index) => index) };
  for (let index = 0; index < inFlight; index++)
    void roundsOn(async () => {
      await state.set('positions', `key${index}`, value);
      await state.get('positions', `key${index}`);
    });
} else {
  const client = new Redis({ path: where });
  // Work that is the server's, not this client's.
  const script = "for i = 1, 2000 do redis.call('SET', KEYS[1] .. i % 100, i) end";
  void roundsOn(() => client.eval(script, 1, 'key'));
}
console.log('ready');
createInterface({ input: process.stdin }).on('line', () => console.log(done));

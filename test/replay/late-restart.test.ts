import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeOrders } from '../telemetry/orders.js';
import { folder } from './bench-trace.js';
import { startReplay, untilNothingIsLeft } from './command.js';

const none = import.meta.resolve('#src/strategies/none.js');

/** Starts at once the first time, and takes long the second. */
const program = (marker: string) => `
  import { existsSync, writeFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  export default async () => {
    if (existsSync(${JSON.stringify(marker)})) await sleep(3000);
    writeFileSync(${JSON.stringify(marker)}, '');
    return { address: 'unix:nowhere', close: async () => {} };
  };
`;

test('a coordinator that is still starting again when the round ends is ended with it', async (t: TestContext) => {
  const directory = await folder(t);
  const programFile = join(directory, 'program.mjs');
  writeFileSync(programFile, program(join(directory, 'started')));
  const coordinators = `() => [{ name: 'slow', program: ${JSON.stringify(pathToFileURL(programFile).href)}, config: {} }]`;
  const strategy = join(directory, 'slow.mjs');
  writeFileSync(
    strategy,
    `import base from ${JSON.stringify(none)}; export default { ...base, name: 'slow', coordinators: ${coordinators} };`,
  );
  const trace = writeOrders(directory, 30);
  const command = await startReplay(t, [trace, '-s', strategy, '--fault', 'restart-coordinator@200ms']);
  const { code, stderr } = await command.ended;
  assert.equal(code, 0, stderr);
  await untilNothingIsLeft(command);
});

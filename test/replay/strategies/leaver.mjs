// Answers for miners in this process, and starts another one that it does not end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defineStrategy, withoutSharedState } from 'ipcbench/strategies';
import { startedProcesses } from '#src/strategies/fan-out/started-processes.js';

const rowsOf = ({ rows, floats }) => Array.from({ length: rows }, () => Array.from({ length: floats }, () => 1));

async function leaveOne(directory) {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  child.unref();
  startedProcesses(directory).note(child.pid);
}

export default defineStrategy({
  name: 'leaver',
  summary: 'Leaves a process behind.',
  description: 'For tests of the harness: a fan-out whose session starts a process of its own and closes without it.',
  options: {},
  capabilities: ['fan-out'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  coordinators: () => [],
  connect: async ({ directory }) => ({
    ...withoutSharedState,
    fanOut: {
      forward: async ({ miners, validate }) => {
        await leaveOne(directory);
        const answers = miners.map((miner, index) => [{ miner: index, rows: rowsOf(miner) }, miner.delayMs]);
        for (const [index, answer] of answers.entries()) validate(index, answer);
        return answers;
      },
    },
    close: async () => {},
  }),
});

// Answers for miners in this process, and not always what they answered: `lie` says how.
import { defineStrategy, withoutSharedState } from 'ipcbench/strategies';

const rowsOf = ({ rows, floats, fails }) =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: floats }, (_, at) => (fails ? Number.NaN : row + at)));

function answersTo({ miners, timeoutMs }, lie) {
  const answers = miners.map((miner, index) =>
    miner.delayMs >= timeoutMs ? [undefined, timeoutMs] : [{ miner: index, rows: rowsOf(miner) }, miner.delayMs],
  );
  if (lie === 'numbers') answers[0][0].rows[0][0] += 1;
  if (lie === 'cut') answers[0] = [undefined, timeoutMs];
  return answers;
}

export default defineStrategy({
  name: 'forger',
  summary: 'Answers for miners in this process.',
  description: 'For tests of the harness: a fan-out that changes, cuts, doubles, drops or mixes up answers.',
  options: {
    lie: {
      type: 'choice',
      default: 'no',
      choices: ['no', 'numbers', 'cut', 'twice', 'never', 'order'],
      describe: 'what is done to an answer',
    },
  },
  capabilities: ['fan-out'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  coordinators: () => [],
  connect: async ({ options: { lie } }) => ({
    ...withoutSharedState,
    fanOut: {
      forward: async (cycle) => {
        const answers = answersTo(cycle, lie);
        for (const [miner, answer] of answers.entries())
          if (lie !== 'never' || miner > 0) cycle.validate(miner, answer);
        if (lie === 'twice') cycle.validate(0, answers[0]);
        return lie === 'order' ? answers.reverse() : answers;
      },
    },
    close: async () => {},
  }),
});

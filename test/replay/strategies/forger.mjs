// Answers for miners in this process, and not always what they answered: `lie` says how.
import { defineStrategy, rowsOf, withoutSharedState } from 'ipcbench/strategies';

let cycles = 0;

function answersTo({ miners, timeoutMs, seed }, lie) {
  let answers = miners.map((miner, index) =>
    miner.delayMs >= timeoutMs
      ? [undefined, timeoutMs]
      : [{ miner: index, rows: rowsOf(miner, index, seed) }, miner.delayMs],
  );
  if (lie === 'numbers' || (lie === 'now and then' && cycles++ % 2 === 1)) answers[0][0].rows[0][0] += 1;
  if (lie === 'places')
    answers = answers.map(([response, ms], index) => {
      const other = answers[answers.length - 1 - index]?.[0];
      return response === undefined || other === undefined ? [response, ms] : [{ miner: index, rows: other.rows }, ms];
    });
  if (lie === 'rows') answers[0][0].rows.reverse();
  if (lie === 'surplus') answers.push([undefined, timeoutMs]);
  if (lie === 'cut') answers[0] = [undefined, timeoutMs];
  return answers;
}

export default defineStrategy({
  name: 'forger',
  summary: 'Answers for miners in this process.',
  description:
    'For tests of the harness: a fan-out that changes, cuts, doubles, drops or mixes up answers, or never gives any.',
  options: {
    lie: {
      type: 'choice',
      default: 'no',
      choices: [
        ...['no', 'numbers', 'places', 'rows', 'surplus', 'now and then', 'cut'],
        ...['twice', 'never', 'order', 'hang', 'late'],
      ],
      describe: 'what is done to an answer',
    },
    claim: { type: 'choice', default: 'yes', choices: ['yes', 'no', 'unsaid'], describe: 'whether answers are right' },
  },
  capabilities: ['fan-out'],
  claims: ({ claim }) => ({
    exclusion: false,
    noLostUpdates: false,
    maxStalenessMs: null,
    ...(claim === 'unsaid' ? {} : { rightAnswers: claim === 'yes' }),
  }),
  coordinators: () => [],
  connect: async ({ options: { lie } }) => ({
    ...withoutSharedState,
    fanOut: {
      forward: async (cycle) => {
        if (lie === 'hang') await new Promise(() => {});
        const answers = answersTo(cycle, lie);
        for (const [miner, answer] of answers.entries())
          if (miner < cycle.miners.length && (lie !== 'never' || miner > 0)) cycle.validate(miner, answer);
        if (lie === 'twice') cycle.validate(0, answers[0]);
        if (lie === 'late') answers[0][0].rows[0][0] += 1;
        return lie === 'order' ? answers.reverse() : answers;
      },
    },
    close: async () => {},
  }),
});

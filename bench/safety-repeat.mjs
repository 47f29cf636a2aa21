// Replays orders-contended on every strategy ten times and holds each to its promise: those without a known race must read safe each time,
// the forms that teams write by mistake must be caught. `node bench/safety-repeat.mjs [runs] [seconds of trace]`.
import { pathToFileURL } from 'node:url';
import { listStrategies, loadStrategy, replay } from '../dist/index.js';
import { capabilitiesOf, resilienceOf } from '../dist/strategies/index.js';

export const title = 'Safety, run after run, on orders-contended';
export const byItself = true;

const trace = new URL('../fixtures/orders-contended.jsonl', import.meta.url).pathname;
const broken = ['local-lock-cache:mode=as-written', 'sharded-dicts:hash=per-process'];
const repaired = ['single-manager:create=atomic', 'multi-manager:create=atomic', 'sharded-dicts:create=atomic'];

export async function run(runs = 10, seconds = 20) {
  const able = (await listStrategies()).filter((one) => capabilitiesOf(one).includes('locks'));
  const names = able.map(({ name }) => name);
  const { results } = await replay({
    trace,
    strategies: [...names, ...repaired, ...broken],
    rounds: runs,
    durationMs: seconds * 1000,
    onProgress: (progress) => {
      if (progress.stage === 'starting') process.stderr.write(`${progress.label}, run ${progress.round} of ${runs}\n`);
    },
  });
  const rows = [];
  for (const result of results) {
    const { strategy, options } = await loadStrategy(result.label);
    const verdicts = result.rounds?.map(({ safety }) => safety.verdict) ?? [result.state];
    const { exclusive } = resilienceOf(strategy, options);
    const expected = { yes: 'safe', race: 'safe or unsafe', no: result.claims.exclusion ? 'unsafe' : 'unchecked' }[
      exclusive
    ];
    const asExpected = verdicts.every((verdict) => expected.split(' or ').includes(verdict));
    rows.push({
      strategy: result.label,
      safe: verdicts.filter((verdict) => verdict === 'safe').length,
      unsafe: verdicts.filter((verdict) => verdict === 'unsafe').length,
      unchecked: verdicts.filter((verdict) => verdict === 'unchecked').length,
      expected,
      'as expected': asExpected ? 'yes' : 'NO',
    });
  }
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = await run(Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 20));
  console.table(rows);
  process.exitCode = rows.every((row) => row['as expected'] === 'yes') ? 0 : 1;
}

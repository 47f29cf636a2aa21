import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMeasured } from '#src/report/model.js';
import { checkOf } from '#src/report/schema.js';
import { folder, packageRoot, writeTrace } from '../replay/bench-trace.js';
import { readReport, replayCommand } from '../replay/command.js';
import { emptyEndpoint, endpoint, handIns, requestHeader } from '../replay/submit/endpoint.js';

const orders = join(packageRoot, 'fixtures/orders-quiet.jsonl');
const submits = join(packageRoot, 'fixtures/submits-calm.jsonl');

const refused: [title: string, args: string[], told: RegExp][] = [
  [
    'a strategy that takes no submits',
    [submits, '-s', 'lock-pool'],
    /lock-pool has no submit, which this trace needs: use submit-index/,
  ],
  [
    'a strategy that takes submits only, for orders',
    [orders, '-s', 'submit-scan'],
    /submit-scan has no locks and no state/,
  ],
  ['two strategies with the same capability', [submits, '-s', 'submit-scan+submit-index'], /both have submit/],
  ['a remote target', [submits, '--target', 'http://192.0.2.1'], /192\.0\.2\.1 is not this machine: --allow-remote/],
  ['a target that is no URL', [submits, '--target', 'here'], /expected a URL such as/],
  ['a header without a target', [submits, '--header', 'a: b'], /--header and --allow-remote need --target/],
  [
    'a header without a name',
    [submits, '--target', 'http://127.0.0.1:1', '--header', 'b'],
    /--header expects "name: value"/,
  ],
  [
    'a header that the client writes itself',
    [submits, '--target', 'http://127.0.0.1:1', '--header', 'Transfer-Encoding: chunked'],
    /--header: header Transfer-Encoding: the client writes its own/,
  ],
  [
    'a header given twice, of which one would be lost',
    [submits, '--target', 'http://127.0.0.1:1', '--header', 'Cookie: hush', '--header', 'cookie: hush'],
    /--header cookie is given twice/,
  ],
  [
    'a secret in a spec, which every output would show',
    [submits, '-s', 'submit-target:endpoint=http://127.0.0.1:1,headers={"authorization":"Bearer hush"}'],
    /option headers is secret .*--header/,
  ],
  ['a driver for an open loop', [submits, '--driver', 'autocannon'], /--driver needs --closed/],
  [
    'autocannon for certificates that it would not check',
    [submits, '--target', 'https://127.0.0.1:1', '--closed', '--concurrency', '1', '--driver', 'autocannon'],
    /--driver autocannon is for http:\/\//,
  ],
  ['a miss rate above all', [submits, '--miss-rate', '101%'], /expected a share from 0% to 100%/],
  ['no server at all', [submits, '--servers', '0'], /--servers/],
  ['an empty secret', [submits, '-s', 'submit-scan:secret-file=/dev/null'], /secret-file=\/dev\/null: it is empty/],
  ['a secret that is not there', [submits, '-s', 'submit-scan:secret-file=/nowhere/at/all'], /secret-file=\/nowhere/],
  [
    'a gate of a strategy without locks',
    [submits, '-s', 'submit-scan:gate=shared,gate-locks=submit-scan'],
    /it has no locks/,
  ],
  [
    'a gate of locks that keep nobody out',
    [submits, '-s', 'submit-scan:gate=shared,gate-locks=none'],
    /gate-locks=none: its locks keep nobody out/,
  ],
  ['locks for a gate of one process', [submits, '-s', 'submit-scan:gate-locks=redis'], /say gate=shared/],
  [
    'what a dry run is asked for as well: an empty target',
    [submits, '--target', '', '--dry-run'],
    /needs an endpoint: give --target/,
  ],
];

for (const [title, args, told] of refused) {
  test(`${title} is refused in one line before anything starts`, async (context) => {
    const { code, stdout, stderr } = await replayCommand(context, args);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, told);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('reading the trace'));
    assert.equal(lines.length, 1, stderr);
    assert.doesNotMatch(stderr, /starting|hush/);
  });
}

test('without --strategy, or with all, a trace is replayed on those that can', async (context) => {
  const named = await replayCommand(context, [submits, '--dry-run']);
  assert.match(named.stdout, /on submit-scan, submit-index, 1 round/);
  const all = await replayCommand(context, [submits, '-s', 'all', '--dry-run']);
  assert.match(
    all.stdout,
    /on submit-index, submit-scan, 1 round.* submit-target cannot run here: it needs an endpoint/,
  );
  assert.equal(all.code, 0);
  const swept = await replayCommand(context, [submits, '--sweep', 'submit-scan:slots=2,4', '--dry-run']);
  assert.match(swept.stdout, /on submit-scan:slots=2, submit-scan:slots=4, 1 round/);
  const others = await replayCommand(context, [orders, '-s', 'all', '--dry-run']);
  assert.doesNotMatch(others.stdout, /submit-/);
});

test('--target replays on the endpoint, and keeps --header out of the report', async (context) => {
  const url = await endpoint(context, (request, response) => {
    response.writeHead(request.headers.authorization === 'Bearer hush' ? 201 : 401).end('{}');
  });
  const trace = await writeTrace(context, requestHeader, handIns(10, 10));
  const path = join(await folder(context), 'report.json');
  const args = [trace, '--target', url, '--header', 'Authorization: Bearer hush', '--report', path];
  const { stdout, stderr } = await replayCommand(context, args);
  const report = readReport(path);
  assert.equal(checkOf('report')(report), undefined);
  const [result] = report.results;
  assert.ok(result !== undefined && isMeasured(result), stderr);
  assert.deepEqual(
    [result.label, result.operations.submit?.count, result.operations.submit?.errors],
    ['submit-target', 10, 0],
  );
  for (const text of [JSON.stringify(report), stdout, stderr]) assert.doesNotMatch(text, /hush/);
});

test('a condition on wrong answers, and one on the gate, decide the exit code', async (context) => {
  const trace = await writeTrace(context, requestHeader, handIns(10, 10));
  // A server that takes its time: with one that answers at once, a closed loop this short is little but the client's own start.
  const url = await endpoint(context, (_, response) => {
    setTimeout(() => response.writeHead(201).end('{"seq": 3, "recovered": true}'), 50);
  });
  const asked = (condition: string) =>
    replayCommand(context, [trace, '--target', url, '--closed', '--concurrency', '1', '--fail-on', condition]);
  const wrong = await asked('wrongAnswers>0');
  assert.equal(wrong.code, 1, wrong.stderr);
  assert.match(wrong.stderr, /wrongAnswers is 9/);
  assert.match(wrong.stdout, /unsafe: 9 of 10 answers were wrong/);
  const ungated = await asked('gateWait>1s');
  assert.equal(ungated.code, 3, ungated.stderr);
  assert.match(ungated.stderr, /submit-target gave no gateWait.p99/);
});

test('where nobody listens, a closed loop ends soon and a condition is told as not measured', async (context) => {
  const trace = await writeTrace(context, requestHeader, handIns(10, 10));
  const target = ['--target', await emptyEndpoint(), '--closed', '--concurrency', '1'];
  const { code, stderr } = await replayCommand(context, [trace, ...target, '--fail-on', 'gateWait>1s']);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /submit-target gave no gateWait.p99/);
});

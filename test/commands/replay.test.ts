import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isMeasured } from '#src/report/model.js';
import { checkOf } from '#src/report/schema.js';
import type { TraceOperation } from '#src/trace/operation.js';
import { every, folder, headerOf, look, merged, plainHeader, strategyOf, writeTrace } from '../replay/bench-trace.js';
import { readReport, replayCommand, startReplay } from '../replay/command.js';

const good = { at: 0, ...look('a') };

/** Runs the command on a file with these lines; the trace is its first argument. */
async function replayLines(context: TestContext, lines: readonly unknown[], args: readonly string[]) {
  const home = await folder(context);
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  await writeFile(join(home, 'trace.jsonl'), text);
  const command = await startReplay(context, ['trace.jsonl', ...args], home);
  return { ...(await command.ended), left: readdirSync(command.temporaryFolder) };
}

const badTraces: [title: string, lines: unknown[], message: RegExp][] = [
  ['an empty file', [], /^ipcbench: trace\.jsonl:1: the file is empty, expected a trace header/],
  ['a trace without header', [good], /^ipcbench: trace\.jsonl:1: .*header/],
  ['another version', [{ ...plainHeader, version: 2 }, good], /^ipcbench: trace\.jsonl:1: .*version/],
  ['a bad line in the middle', [plainHeader, good, '{"at":', good], /^ipcbench: trace\.jsonl:3: /],
  ['a negative time', [plainHeader, { ...good, at: -1 }], /^ipcbench: trace\.jsonl:2: .*at.*-1/],
  ['a time that is no number', [plainHeader, { ...good, at: '5' }], /^ipcbench: trace\.jsonl:2: .*at/],
  [
    'an unknown step',
    [plainHeader, { ...good, steps: [{ do: 'raed', in: 'positions', key: 'a' }] }],
    /^ipcbench: trace\.jsonl:2: .*raed.*read/,
  ],
  [
    'an unlock without a lock',
    [plainHeader, { ...good, steps: [{ do: 'unlock' }] }],
    /^ipcbench: trace\.jsonl:2: .*unlock.*no lock is held/,
  ],
];

for (const [title, lines, message] of badTraces) {
  test(`${title} is refused in one line, with exit code 2, before anything is started`, async (context) => {
    const { code, stdout, stderr, left } = await replayLines(context, lines, ['-s', 'lock-pool']);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.deepEqual(left, []);
  });
}

const badUsage: [args: string[], message: RegExp][] = [
  [['-s', 'none', '--report', '/nowhere/r.json'], /cannot write \/nowhere\/r\.json.*folder/],
  [['-s', 'lokc-pool'], /unknown strategy "lokc-pool": did you mean lock-pool\?/],
  [['-s', './missing.mjs'], /strategy \.\/missing\.mjs: no such file/],
  [['-s', 'lock-pool:size=none'], /size=none: expected a whole number/],
  [['-s', 'lock-pool:sise=4'], /unknown option "sise": did you mean size\?/],
  [['-s', 'none', '--spede', '3'], /unknown option '--spede'; did you mean --speed\?/],
  [['-s', 'none', '--speed', 'fast'], /--speed.*fast.*expected a number such as/],
  [['-s', 'none', '--speed', '0'], /--speed.*above 0/],
  [['-s', 'none', '--rounds', '1.5'], /--rounds.*whole number/],
  [['-s', 'none', '--format', 'xml'], /--format.*xml.*table, json, markdown/],
  [['-s', 'none', '--speed', '2', '--rate', '9'], /--speed and --rate contradict each other/],
  [['-s', 'none', '--closed'], /--closed needs --concurrency/],
  [['-s', 'none', '--concurrency', '4'], /--concurrency needs --closed/],
  [['-s', 'none', '--strict'], /--strict.*--against/],
  [['-s', 'none', '--baseline', 'lock-pool'], /--baseline lock-pool: not among the strategies of this run \(none\)/],
  [['-s', 'none', '--fail-on', '[lock-pool]p99>1ms'], /this run has no strategy "lock-pool"; it has none/],
];

for (const [args, message] of badUsage) {
  test(`\`replay trace.jsonl ${args.join(' ')}\` is refused in one line, with exit code 2`, async (context) => {
    const { code, stdout, stderr, left } = await replayLines(context, [plainHeader, good], args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.match(stderr, /^ipcbench: [^\n]+\n$/);
    assert.deepEqual(left, []);
  });
}

test('a bad condition is shown with the place of its fault, and a wrong operation with those there are', async (context) => {
  const bad = await replayLines(context, [plainHeader, good], ['-s', 'none', '--fail-on', 'p98>1ms']);
  assert.deepEqual([bad.code, bad.stdout], [2, '']);
  assert.match(bad.stderr, /^ipcbench: bad condition: "p98" is not a metric; one of p50/);
  const absent = await replayLines(context, [plainHeader, good], ['-s', 'none', '--fail-on', 'order.p99>1ms']);
  assert.deepEqual([absent.code, absent.stdout], [2, '']);
  assert.match(absent.stderr, /this trace has no operation "order"; it has look/);
  assert.doesNotMatch(absent.stderr, /starting/);
});

test('no trace at all is wrong usage', async (context) => {
  const { code, stderr } = await replayCommand(context, []);
  assert.equal(code, 2);
  assert.match(stderr, /^ipcbench: missing required argument 'trace'\n$/);
});

test('keys may be any strings: __proto__, empty, 64 KiB, other scripts', async (context) => {
  const keys = ['__proto__', '', 'k'.repeat(65_536), 'ключ/鍵\u0000\n"', 'constructor'];
  const processes = ['p0', 'p1'];
  const operations = merged(
    ...processes.map((process) =>
      every(10, 30, (index) => ({ op: 'order', process, fields: { key: keys[index % keys.length] ?? '' } })),
    ),
  );
  const trace = await writeTrace(context, headerOf(processes.map((name) => ({ name }))), operations);
  const path = join(await folder(context), 'report.json');
  const strategies = ['single-manager:create=atomic', 'lock-pool', 'file-locks'];
  const args = strategies.flatMap((strategy) => ['-s', strategy]);
  const { code, stderr } = await replayCommand(context, [trace, ...args, '--report', path]);
  assert.equal(code, 0, stderr);
  const report = readReport(path);
  assert.equal(checkOf('report')(report), undefined);
  for (const result of report.results) {
    assert.ok(isMeasured(result));
    const { count, errors, timeouts, unfinished } = result.operations.order ?? { count: 0 };
    assert.deepEqual([count, errors, timeouts, unfinished], [60, 0, 0, 0], result.label);
    assert.deepEqual([result.safety.overlaps, result.safety.lostUpdates, result.safety.staleReads], [0, 0, 0]);
  }
});

/** Two processes whose orders want one key at the same times. */
const contended: TraceOperation[] = merged(
  ...['p0', 'p1'].map((process) => every(10, 60, () => ({ op: 'order', process, fields: { key: 'hot' } }))),
);
const alone = every(20, 20, () => ({ op: 'order', process: 'p0', fields: { key: 'hot' } }));
const unsafe = strategyOf('broken', 'flaw=excludes-nobody');

const endings: [title: string, operations: TraceOperation[], args: string[], code: number, told: RegExp][] = [
  ['a measured run ends with 0', contended, ['-s', 'lock-pool'], 0, /./],
  ['a condition that is not true passes', contended, ['-s', 'lock-pool', '--fail-on', 'overlaps>0'], 0, /passed/],
  ['a condition that is true ends with 1', contended, ['-s', 'lock-pool', '--fail-on', 'order.calls>0'], 1, /FAILED/],
  ['what is safe passes --require-safe', contended, ['-s', 'lock-pool', '--require-safe'], 0, /--require-safe: passed/],
  ['what is unsafe ends with 1 under --require-safe', contended, ['-s', unsafe, '--require-safe'], 1, /unsafe/],
  ['what is unsafe ends with 0 when nobody asks', contended, ['-s', unsafe], 0, /./],
  ['what could not be told ends with 4', alone, ['-s', 'lock-pool', '--require-safe'], 4, /too little concurrency/],
  ['a strategy that cannot start ends with 3', alone, ['-s', strategyOf('unstartable'), '-s', 'none'], 3, /./],
];

describe('exit codes', { concurrency: 3 }, () => {
  for (const [title, operations, args, expected, told] of endings) {
    test(title, async (context) => {
      const trace = await writeTrace(context, headerOf([{ name: 'p0' }, { name: 'p1' }]), operations);
      const path = join(await folder(context), 'report.json');
      // In a closed loop nothing is due before it starts: however loaded the machine, the generator is not what is judged.
      const load = ['--closed', '--concurrency', operations === alone ? '1' : '8'];
      const { code, stdout, stderr } = await replayCommand(context, [trace, ...args, ...load, '--report', path]);
      assert.equal(code, expected, `${stdout}\n${stderr}`);
      assert.match(stderr, told);
      assert.equal(checkOf('report')(readReport(path)), undefined);
    });
  }
});

test('a baseline may be any strategy of the run, whenever its turn comes', async (context) => {
  const trace = await writeTrace(context, plainHeader, alone);
  const path = join(await folder(context), 'report.json');
  const args = [trace, '-s', 'none', '-s', 'unlocked', '--baseline', 'unlocked', '--report', path];
  const { code, stderr } = await replayCommand(context, args);
  assert.equal(code, 0, stderr);
  assert.equal(readReport(path).baseline, 'unlocked');
});

test('the password of a baseline is in no output, and the baseline is found all the same', async (context) => {
  const trace = await writeTrace(context, plainHeader, alone);
  const home = await folder(context);
  // Nothing listens there: the strategy cannot run, and stands in the report with its reason.
  const redis = 'redis:url=redis://user:hush@127.0.0.1:1/0';
  const outputs = ['json', 'html', 'md'].map((ending) => join(home, `report.${ending}`));
  const [path = '', html = '', markdown = ''] = outputs;
  const args = ['--baseline', redis, '--report', path, '--html', html, '--markdown', markdown];
  const { code, stdout, stderr } = await replayCommand(context, [trace, '-s', 'none', '-s', redis, ...args]);
  assert.equal(code, 3, stderr);
  assert.equal(readReport(path).baseline, 'redis:url=redis://***@127.0.0.1:1/0');
  for (const text of [stdout, stderr, ...outputs.map((file) => readFileSync(file, 'utf8'))])
    assert.doesNotMatch(text, /hush/);
});

test('--format json prints the same report that --report writes, and nothing else on standard output', async (context) => {
  const trace = await writeTrace(context, plainHeader, alone);
  const path = join(await folder(context), 'report.json');
  const { stdout } = await replayCommand(context, [trace, '-s', 'none', '--format', 'json', '--report', path]);
  assert.deepEqual(JSON.parse(stdout), readReport(path));
});

test('--dry-run says what would run and starts nothing', async (context) => {
  const { code, stdout, stderr, left } = await replayLines(
    context,
    [plainHeader, good],
    ['-s', 'none', '--rounds', '3', '--dry-run'],
  );
  assert.deepEqual([code, stderr, left], [0, '', []]);
  assert.match(stdout, /1 operations.*3 rounds.*Nothing was started/);
});

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { CoordinatorProfile } from '#src/measure/coordinator-profile.js';
import { checkOf } from '#src/report/schema.js';
import { findRedisServer } from '#src/strategies/coordinator/redis-process.js';
import { needsRedis } from '../strategies/redis-program.js';
import { writeOrders } from '../telemetry/orders.js';
import { folder } from './bench-trace.js';
import { readReport, replayCommand, startCommand, startReplay, untilNothingIsLeft } from './command.js';

const operations = 130;

function profilesIn(path: string): CoordinatorProfile[] {
  const [result] = readReport(path).results;
  assert.ok(result !== undefined && 'profiles' in result);
  return result.profiles ?? [];
}

test('--profile --cpu tells what each coordinator did while it was measured, in every form of the report', async (t: TestContext) => {
  const directory = await folder(t);
  const [report, html, markdown] = ['run.json', 'run.html', 'run.md'].map((name) => join(directory, name));
  assert.ok(report !== undefined && html !== undefined && markdown !== undefined);
  const outputs = ['--report', report, '--html', html, '--markdown', markdown];
  const trace = writeOrders(directory, operations);
  const command = await startReplay(t, [
    trace,
    '-s',
    'single-manager',
    '--profile',
    '--cpu',
    '--rounds',
    '2',
    ...outputs,
  ]);
  const { code, stdout, stderr } = await command.ended;
  assert.equal(code, 0, stderr);
  await untilNothingIsLeft(command);

  assert.equal(checkOf('report')(readReport(report)), undefined);
  const profiles = profilesIn(report);
  assert.deepEqual(
    profiles.map(({ coordinator, round }) => [coordinator, round]),
    [
      ['manager', 1],
      ['manager', 2],
    ],
  );
  for (const { process, cpu } of profiles) {
    assertProcess(process);
    assert.equal(process?.kind.name, 'node');
    assert.ok((process?.listeners?.[0]?.connections ?? 0) > 0);
    assert.ok(cpu?.state === 'taken', JSON.stringify(cpu));
    assert.ok(cpu.summary.node !== undefined);
    assert.ok(cpu.tree.frames.some(({ file }) => file?.includes('strategies/coordinator/')));
  }
  assert.deepEqual(
    readReport(report).warnings.map(({ code: each }) => each),
    ['CPU_PROFILED'],
  );
  assert.match(
    stdout,
    /Coordinators, profiled while they were measured[\s\S]*single-manager manager +[\d.]+ %[\s\S]*CPU profile \(inspector\)/,
  );
  assert.match(
    readFileSync(html, 'utf8'),
    /single-manager manager: where its CPU time went<\/h3>[\s\S]*<svg class="flame"[\s\S]*data-name=/,
  );
  assert.match(
    readFileSync(markdown, 'utf8'),
    /<summary>Coordinators, profiled while they were measured[\s\S]*CPU profile \(inspector\)/,
  );

  const plain = join(directory, 'plain.json');
  await replayCommand(t, [trace, '-s', 'single-manager', '--rounds', '2', '--report', plain]);
  const against = await compared(t, [plain, report], directory);
  assert.equal(against.code, 2);
  assert.match(against.stderr, /one of them had its coordinators CPU-profiled \(--cpu\), which costs them time/);
  const forced = await compared(t, [plain, report, '--force'], directory);
  assert.match(forced.stdout, /Warning: [\s\S]*CPU-profiled/);
});

/** Against the definition that `profile.schema.json` has of a process. */
function assertProcess(process: unknown): void {
  const schema = JSON.parse(readFileSync(new URL('../../../schema/profile.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020().addSchema(schema).compile({ $ref: `${schema.$id}#/$defs/process` });
  assert.ok(validate(process), JSON.stringify(validate.errors?.[0]));
}

async function compared(t: TestContext, args: string[], cwd: string) {
  return (await startCommand(t, ['compare', ...args], cwd)).ended;
}

test('--profile alone samples without a CPU profile, and may be compared with a plain run', async (t: TestContext) => {
  const directory = await folder(t);
  const [plain, sampled] = [join(directory, 'plain.json'), join(directory, 'sampled.json')];
  const trace = writeOrders(directory, operations);
  await replayCommand(t, [trace, '-s', 'lock-pool', '--report', plain]);
  const { code, stderr } = await replayCommand(t, [trace, '-s', 'lock-pool', '--profile', '--report', sampled]);
  assert.equal(code, 0, stderr);
  const [manager] = profilesIn(sampled);
  assert.equal(manager?.cpu, undefined);
  assert.notEqual(manager?.process, undefined);
  assert.deepEqual(readReport(sampled).warnings, []);
  const { code: verdict, stderr: said } = await compared(t, [plain, sampled], directory);
  assert.notEqual(verdict, 2, said);
});

test(
  'a coordinator that no profiler is installed for keeps its other figures, and says what to install',
  await needsRedis(),
  async (t: TestContext) => {
    const directory = await folder(t);
    const programs = join(directory, 'programs');
    mkdirSync(programs);
    symlinkSync((await findRedisServer()) ?? '', join(programs, 'redis-server'));
    symlinkSync('/bin/sh', join(programs, 'sh'));
    const report = join(directory, 'run.json');
    const args = [
      writeOrders(directory, operations),
      '-s',
      'redis:state=redis',
      '--profile',
      '--cpu',
      '--report',
      report,
    ];
    const { code, stdout, stderr } = await replayCommand(t, args, undefined, { PATH: programs });
    assert.equal(code, 0, stderr);
    const [redis] = profilesIn(report);
    assert.equal(redis?.process?.kind.name, 'redis-server');
    assert.ok((redis.process.redis?.commandsPerSecond ?? 0) > 0);
    assert.ok(redis.cpu?.state === 'failed');
    assert.match(redis.cpu.reason, /needs perf, which is not installed: apt-get install/);
    assert.match(stdout, /no CPU profile: [\s\S]*needs perf/);
  },
);

test('a coordinator that is killed meanwhile keeps what was seen of it', async (t: TestContext) => {
  const directory = await folder(t);
  const report = join(directory, 'run.json');
  const args = [
    writeOrders(directory, 300),
    '-s',
    'lock-pool',
    '--profile',
    '--cpu',
    '--fault',
    'restart-coordinator@2s',
  ];
  const command = await startReplay(t, [...args, '--report', report]);
  const { stderr } = await command.ended;
  const [manager] = profilesIn(report);
  assert.equal(manager?.process?.state, 'ended', stderr);
  assert.ok(manager.process.measuredMs > 1000);
  assert.equal(manager.cpu?.state, 'failed');
  await untilNothingIsLeft(command);
});

test('--cpu without --profile is refused', async (t: TestContext) => {
  const directory = await folder(t);
  const { code, stderr } = await replayCommand(t, [writeOrders(directory, 1), '--cpu']);
  assert.equal(code, 2);
  assert.match(stderr, /--cpu needs --profile/);
  const both = await replayCommand(t, [writeOrders(directory, 1), '--profile', '--cpu', '--clinic', 'doctor']);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /--cpu and --clinic would both/);
});

test('reports that hold profiles are merged with them, the rounds renumbered', async (t: TestContext) => {
  const directory = await folder(t);
  const trace = writeOrders(directory, operations);
  const reports = [join(directory, 'a.json'), join(directory, 'b.json')];
  for (const report of reports) await replayCommand(t, [trace, '-s', 'lock-pool', '--profile', '--report', report]);
  const whole = join(directory, 'whole.json');
  const { code, stderr } = await (await startCommand(t, ['report', ...reports, '--report', whole], directory)).ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    profilesIn(whole).map(({ round }) => round),
    [1, 2],
  );
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Report } from '#src/report/model.js';
import { checkOf } from '#src/report/schema.js';
import { needsRedis } from '../strategies/redis-program.js';
import { every, folder, headerOf, merged, writeTrace } from './bench-trace.js';
import {
  type Command,
  type Ended,
  processesOf,
  readOrEmpty,
  readReport,
  startReplay,
  until,
  untilNothingIsLeft,
} from './command.js';

const faultOf = checkOf('report');

/** A run on two workers, a minute long unless told otherwise, which a test cuts short; and where its report will be. */
async function startRun(
  context: TestContext,
  strategy: string,
  ordersPerWorker = 3_000,
): Promise<{ command: Command; report: string }> {
  const processes = ['p0', 'p1'];
  const operations = merged(
    ...processes.map((process) =>
      every(20, ordersPerWorker, (index) => ({ op: 'order', process, fields: { key: `k${index % 5}` } })),
    ),
  );
  const trace = await writeTrace(context, headerOf(processes.map((name) => ({ name }))), operations);
  const report = join(await folder(context), 'report.json');
  const command = await startReplay(context, [trace, '-s', strategy, '--report', report]);
  return { command, report };
}

/** Waits until workers have written down what operations did; returns the pids of a role. */
async function pidsWhileRunning(command: Command, role: string): Promise<number[]> {
  await until('the first operation', () => evidenceBytes(command.temporaryFolder) > 0, 30_000);
  return processesOf(command).flatMap((one) => (one.role === role ? [one.pid] : []));
}

function evidenceBytes(temporaryFolder: string): number {
  const files = readdirSync(temporaryFolder, { recursive: true }).map(String);
  return files
    .filter((file) => /\/evidence-\d+-\d+$/.test(file))
    .reduce((sum, file) => sum + statSync(join(temporaryFolder, file)).size, 0);
}

function soundReport(path: string): Report {
  const report = readReport(path);
  assert.equal(faultOf(report), undefined);
  return report;
}

/** Processes that serve on a socket in this folder. */
function serversIn(temporaryFolder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const title = readOrEmpty(`/proc/${name}/cmdline`);
      return title.includes('redis-server') && title.includes(temporaryFolder) ? [Number(name)] : [];
    });
}

const redis = await needsRedis();

const interruptions: [what: string, interrupt: (pid: number) => void][] = [
  ['Ctrl-C on a terminal, which reaches all processes,', (pid) => process.kill(-pid, 'SIGINT')],
  ['SIGINT to the main process', (pid) => process.kill(pid, 'SIGINT')],
  ['SIGTERM', (pid) => process.kill(pid, 'SIGTERM')],
];

// They wait more than they work, each in a folder of its own.
describe('faults of real processes', { concurrency: 3 }, () => {
  test('a worker that is killed is a result that says which and when; the rest is kept, nothing is left', async (context) => {
    const { command, report: path } = await startRun(context, 'lock-pool', 250);
    const [pid] = await pidsWhileRunning(command, 'worker');
    process.kill(pid ?? 0, 'SIGKILL');
    const { code, stderr } = await command.ended;
    assert.equal(code, 3, stderr);
    const report = soundReport(path);
    assert.equal(report.state, 'complete');
    const [result] = report.results;
    assert.ok(result?.state === 'partial', `the result is ${result?.state}`);
    assert.match(
      result.reason ?? '',
      new RegExp(`worker p[01] was ended by SIGKILL .*\\(pid ${pid}, \\d+\\.\\d s into`),
    );
    assert.ok((result.operations.order?.count ?? 0) > 0, 'what the other worker measured is kept');
    await untilNothingIsLeft(command);
  });

  test('a coordinator that is killed ends the round at once, and the report says so', async (context) => {
    const { command, report: path } = await startRun(context, 'lock-pool');
    const [pid] = await pidsWhileRunning(command, 'coordinator-host');
    process.kill(pid ?? 0, 'SIGKILL');
    const { code, stderr } = await command.ended;
    assert.equal(code, 3, stderr);
    const [result] = soundReport(path).results;
    assert.ok(result !== undefined && result.state !== 'complete', `the result is ${result?.state}`);
    const reason = 'reason' in result ? result.reason : '';
    assert.match(reason ?? '', new RegExp(`coordinator \\S+ \\(pid ${pid}\\) was ended by SIGKILL \\d+\\.\\d s into`));
    await untilNothingIsLeft(command);
  });

  for (const [strategy, name] of [
    ['redis', 'redis'],
    ['lock-pool+submit-scan:gate=shared,gate-locks=redis', 'gate'],
  ] as const) {
    test(
      `a server that a coordinator of ${strategy} started is a coordinator too: killed, it ends the round`,
      redis,
      async (context) => {
        const { command, report: path } = await startRun(context, strategy);
        await pidsWhileRunning(command, 'worker');
        const [pid] = serversIn(command.temporaryFolder);
        process.kill(pid ?? 0, 'SIGKILL');
        const { code, stderr } = await command.ended;
        assert.equal(code, 3, stderr);
        const [result] = soundReport(path).results;
        const told = result !== undefined && 'reason' in result ? result.reason : '';
        assert.match(
          told ?? '',
          new RegExp(`coordinator ${name} \\(pid ${pid}\\) has ended or was killed \\d+\\.\\d s into`),
        );
        await untilNothingIsLeft(command);
      },
    );
  }

  test('without the process that reads the final state back, the rest of the figures is kept', async (context) => {
    const { command, report: path } = await startRun(context, 'lock-pool', 100);
    const [pid] = await pidsWhileRunning(command, 'steward');
    process.kill(pid ?? 0, 'SIGKILL');
    const { code, stderr } = await command.ended;
    assert.equal(code, 3, stderr);
    const [result] = soundReport(path).results;
    assert.ok(result?.state === 'partial', `the result is ${result?.state}`);
    assert.match(result.reason ?? '', /steward was ended by SIGKILL before it could read the final state back/);
    assert.equal(result.operations.order?.count, 200);
    await untilNothingIsLeft(command);
  });

  for (const strategy of ['single-manager', 'file-locks']) {
    test(`when the main process of a run on ${strategy} is killed, its processes, sockets and folders go with it`, async (context) => {
      const { command } = await startRun(context, strategy);
      const workers = await pidsWhileRunning(command, 'worker');
      assert.equal(workers.length, 2);
      assert.notDeepEqual(readdirSync(command.temporaryFolder), []);
      command.child.kill('SIGKILL');
      const { signal } = await command.ended;
      assert.equal(signal, 'SIGKILL');
      await untilNothingIsLeft(command);
    });
  }

  test('killed before its workers had started, the main process leaves nothing either', async (context) => {
    const { command } = await startRun(context, 'single-manager');
    await until('the first process', () => processesOf(command).some(({ role }) => role !== 'other'));
    command.child.kill('SIGKILL');
    await command.ended;
    await untilNothingIsLeft(command);
  });

  for (const [what, interrupt] of interruptions) {
    test(`${what} ends the run with 130; what was measured is in the report, nothing is left`, async (context) => {
      const { command, report: path } = await startRun(context, 'lock-pool');
      await pidsWhileRunning(command, 'worker');
      interrupt(command.child.pid ?? 0);
      const { code, stdout, stderr } = await command.ended;
      assert.equal(code, 130, stderr);
      const report = soundReport(path);
      assert.equal(report.state, 'interrupted');
      const [result] = report.results;
      assert.ok(result?.state === 'partial');
      assert.ok((result.operations.order?.count ?? 0) > 0);
      assert.match(stdout, /lock-pool/);
      await untilNothingIsLeft(command);
    });
  }

  test('an interruption while processes start ends the run as well', async (context) => {
    const { command } = await startRun(context, 'single-manager');
    await until('the first process', () => processesOf(command).some(({ role }) => role !== 'other'));
    command.child.kill('SIGINT');
    const { code } = await command.ended;
    assert.equal(code, 130);
    await untilNothingIsLeft(command);
  });

  test('a run that went well leaves nothing either, its report aside', async (context) => {
    const trace = await writeTrace(
      context,
      headerOf([{ name: 'p0' }]),
      every(5, 40, () => ({ op: 'order', process: 'p0', fields: { key: 'k' } })),
    );
    const command = await startReplay(context, [trace, '-s', 'single-manager', '-s', 'file-locks']);
    const ended: Ended = await command.ended;
    assert.equal(ended.code, 0, ended.stderr);
    await untilNothingIsLeft(command);
    assert.ok(existsSync(trace));
  });
});

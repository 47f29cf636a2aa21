import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { clinicToolNames } from '#src/monitor/clinic/tool.js';
import { withoutClinic } from '../monitor/clinic/availability.js';
import { every, folder, headerOf, writeTrace } from '../replay/bench-trace.js';
import { readReport, replayCommand, startReplay, untilNothingIsLeft } from '../replay/command.js';

/** Every operation leaves an entry behind, so that the coordinator's memory has something to show. */
const operations = every(5, 200, (index) => ({ op: 'order', process: 'p0', fields: { key: `k${index}` } }));
const header = headerOf([{ name: 'p0' }], {
  structures: [{ name: 'positions', kind: 'dict', group: 'position', value: { bytes: 10_000, shape: 'nested' } }],
});

/** What must be in a page that was made of the coordinator: a function of its own, or samples over time. */
const signs = {
  doctor: /"processStat":\s*\[\s*\{/,
  flame: /strategies\/coordinator\/\w+/,
  bubbleprof: /strategies\/coordinator\/\w+/,
  heapprofiler: /strategies\/coordinator\/\w+/,
};

describe('replay --clinic', { skip: withoutClinic }, () => {
  for (const tool of clinicToolNames) {
    test(`${tool} writes a page of the coordinator, and the report says what that does to its figures`, async (context) => {
      const home = await folder(context);
      const trace = await writeTrace(context, header, operations);
      const command = await startReplay(
        context,
        [trace, '-s', 'single-manager', '-s', 'none', '--clinic', tool, '--report', 'report.json'],
        home,
      );
      const { code, stdout, stderr } = await command.ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`^clinic ${tool} will run inside each Node coordinator and costs it `));
      const page = readFileSync(join(home, 'ipcbench-clinic', `single-manager-manager-${tool}.html`), 'utf8');
      assert.ok(page.includes(`Content-Security-Policy" content="default-src 'none'`), 'it may use the network');
      assert.ok(signs[tool].test(page), `it shows nothing of the coordinator: ${signs[tool]}`);
      const report = readReport(join(home, 'report.json'));
      const slowed = report.results.map((result) => ('slowedBy' in result ? result.slowedBy : undefined));
      assert.deepEqual(slowed, [`clinic ${tool}`, undefined]);
      assert.deepEqual(
        report.warnings.map(({ code: each }) => each).filter((each) => each === 'CLINIC'),
        ['CLINIC'],
      );
      assert.match(stdout, new RegExp(`clinic ${tool} ran inside`));
      await untilNothingIsLeft(command);
      assert.deepEqual(readdirSync(home).sort(), ['ipcbench-clinic', 'report.json']);
    });
  }

  test('no condition takes its figures', async (context) => {
    const home = await folder(context);
    const trace = await writeTrace(context, header, operations.slice(0, 20));
    const args = [trace, '-s', 'single-manager', '--clinic', 'heapprofiler', '--fail-on', 'p99>10s'];
    const { code, stderr } = await replayCommand(context, args, home);
    assert.equal(code, 2);
    assert.match(stderr, /conditions \(--fail-on\) on its figures tell nothing/);
    assert.ok(!existsSync(join(home, 'ipcbench-clinic')));
  });

  test('strategies without a coordinator give no page, and that is told', async (context) => {
    const home = await folder(context);
    const trace = await writeTrace(context, header, operations.slice(0, 20));
    const command = await startReplay(context, [trace, '-s', 'none', '--clinic', 'heapprofiler'], home);
    const { code, stderr } = await command.ended;
    assert.equal(code, 3);
    assert.match(stderr, /no page: no strategy that ran has a coordinator/);
    assert.deepEqual(readdirSync(home), []);
    await untilNothingIsLeft(command);
  });
});

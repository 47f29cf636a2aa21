import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { validateXML } from 'xmllint-wasm';
import { compareReports } from '#src/report/comparison.js';
import { parseCondition } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import { renderJunit } from '#src/report/junit.js';
import { measured, reportOf } from './sample.js';

const schema = readFileSync(new URL('../../../test/report/junit.xsd', import.meta.url), 'utf8');

async function faultsOf(xml: string): Promise<string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'compare.xml', contents: xml }], schema: [schema] });
  return errors.map((error) => error.message);
}

const before = reportOf([measured({ label: 'a<&">b' }), measured({ label: 'b' })]);
const after = reportOf([measured({ label: 'a<&">b', safety: 'unsafe' }), measured({ label: 'b', saturated: true })]);
const comparison = compareReports([before], after);
const outcomes = ['overlaps>0', 'p99>10s', '[b]p99>1s'].map((text) => evaluate(parseCondition(text), after));
const xml = renderJunit(after, comparison, outcomes);

test('it keeps to the common schema', async () => {
  assert.deepEqual(await faultsOf(xml), []);
  assert.deepEqual(await faultsOf(renderJunit(after, undefined, [])), []);
});

test('a file that does not keep to the schema would be noticed', async () => {
  assert.notDeepEqual(await faultsOf(xml.replace('tests="', 'test="')), []);
});

test('worse is a failure, unmeasured an error, inconclusive skipped, and the counts agree', () => {
  assert.match(
    xml,
    /<testcase classname="ipcbench\.a&lt;&amp;&quot;&gt;b" name="safety" time="0"><failure type="failure" message="safe, now unsafe/,
  );
  assert.match(
    xml,
    /<testcase classname="ipcbench\.b" name="measured" time="0"><error type="error" message="the load generator was saturated/,
  );
  assert.match(xml, /name="order\.p99" time="0"><skipped message=/);
  for (const [tag, attribute] of [
    ['failure', 'failures'],
    ['error', 'errors'],
    ['skipped', 'skipped'],
    ['testcase', 'tests'],
  ] as const) {
    const counted = [...xml.matchAll(new RegExp(` ${attribute}="(\\d+)"`, 'g'))].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
    assert.equal(xml.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0, counted, tag);
  }
});

test('conditions are a suite of their own', () => {
  assert.match(xml, /name="ipcbench\.conditions"/);
  assert.match(xml, /name="overlaps&gt;0" time="0"><error/);
});

test('characters that XML cannot hold are replaced', async () => {
  const odd = renderJunit(after, undefined, [
    { condition: 'a\u0000b', status: 'failed', text: 'x\u001by', strategies: [] },
  ]);
  assert.deepEqual(await faultsOf(odd), []);
});

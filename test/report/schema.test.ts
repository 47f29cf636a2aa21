import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { reportText } from '#src/report/store.js';
import { missing, reportOf, usualReport } from './sample.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../schema/${name}.schema.json`, import.meta.url), 'utf8'));

for (const name of ['report', 'config', 'profile']) {
  test(`the ${name} schema is a sound JSON Schema 2020-12 for a strict reader`, () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    assert.equal(ajv.validateSchema(read(name)), true);
    ajv.compile(read(name));
  });
}

test('what is written keeps to the shipped schema, for a reader of its own', () => {
  const validate = new Ajv2020().compile(read('report'));
  for (const report of [usualReport(), reportOf([missing('a', 'failed', 'it died')])])
    assert.ok(validate(JSON.parse(reportText(report))), JSON.stringify(validate.errors?.[0]));
});

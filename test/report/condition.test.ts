import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { type Condition, parseCondition, parseConditions } from '#src/report/condition.js';

const good: [text: string, expected: Omit<Condition, 'text'>][] = [
  [
    'p99>200ms',
    { metric: { kind: 'latency', of: 'response', at: 'p99' }, operator: '>', limit: { kind: 'absolute', value: 200 } },
  ],
  [
    '[lock-pool]order.p99>0.5x',
    {
      strategy: 'lock-pool',
      operation: 'order',
      metric: { kind: 'latency', of: 'response', at: 'p99' },
      operator: '>',
      limit: { kind: 'ratio', factor: 0.5 },
    },
  ],
  ['overlaps>0', { metric: { kind: 'total', name: 'overlaps' }, operator: '>', limit: { kind: 'absolute', value: 0 } }],
  [
    ' [ lock-pool:size=16,create=check ] cpu >= 80 % ',
    {
      strategy: 'lock-pool:size=16,create=check',
      metric: { kind: 'total', name: 'cpu' },
      operator: '>=',
      limit: { kind: 'absolute', value: 80 },
    },
  ],
  [
    'order.service.p999<=2.5s',
    {
      operation: 'order',
      metric: { kind: 'latency', of: 'service', at: 'p999' },
      operator: '<=',
      limit: { kind: 'absolute', value: 2500 },
    },
  ],
  [
    'wait.mean<300us',
    { metric: { kind: 'latency', of: 'wait', at: 'mean' }, operator: '<', limit: { kind: 'absolute', value: 0.3 } },
  ],
  [
    'hold.p99>1min',
    { metric: { kind: 'latency', of: 'hold', at: 'p99' }, operator: '>', limit: { kind: 'absolute', value: 60_000 } },
  ],
  [
    'a.b.max>1s',
    {
      operation: 'a.b',
      metric: { kind: 'latency', of: 'response', at: 'max' },
      operator: '>',
      limit: { kind: 'absolute', value: 1000 },
    },
  ],
  [
    'lag>5ms',
    { metric: { kind: 'latency', of: 'lag', at: 'p99' }, operator: '>', limit: { kind: 'absolute', value: 5 } },
  ],
  [
    'throughput<10k',
    { metric: { kind: 'total', name: 'throughput' }, operator: '<', limit: { kind: 'absolute', value: 10_000 } },
  ],
  [
    'rss>512MiB',
    { metric: { kind: 'total', name: 'rss' }, operator: '>', limit: { kind: 'absolute', value: 512 * 2 ** 20 } },
  ],
  [
    'order.errors!=0',
    {
      operation: 'order',
      metric: { kind: 'count', name: 'errors' },
      operator: '!=',
      limit: { kind: 'absolute', value: 0 },
    },
  ],
  ['calls=2', { metric: { kind: 'cost', name: 'calls' }, operator: '=', limit: { kind: 'absolute', value: 2 } }],
  [
    'p99>+10%',
    { metric: { kind: 'latency', of: 'response', at: 'p99' }, operator: '>', limit: { kind: 'change', percent: 10 } },
  ],
  [
    'throughput<-5%',
    { metric: { kind: 'total', name: 'throughput' }, operator: '<', limit: { kind: 'change', percent: -5 } },
  ],
];
for (const [text, expected] of good) {
  test(`"${text}" is read`, () => assert.deepEqual(parseCondition(text), { text, ...expected }));
}

const bad: [text: string, column: number, expected: RegExp][] = [
  ['', 0, /empty/],
  ['p98>1ms', 0, /"p98" is not a metric/],
  ['order.>1ms', 6, /a metric is missing/],
  ['.p99>1ms', 0, /operation before the dot/],
  ['p99', 3, /operator is missing/],
  ['p99>>1ms', 3, /">>" is not an operator/],
  ['p99==1ms', 3, /"==" is not an operator/],
  ['p99>', 4, /value is missing/],
  ['p99>fast', 4, /"fast" is not a value/],
  ['p99>200', 4, /lacks its unit/],
  ['p99>80%', 4, /unit that does not fit/],
  ['cpu>80', 4, /lacks its unit/],
  ['cpu>80ms', 4, /does not fit/],
  ['overlaps>1ms', 9, /does not fit/],
  ['p99>1e3ms', 4, /does not fit/],
  ['p99>+10', 4, /signed value is a percentage/],
  ['p99>-150%', 4, /below nothing/],
  ['[]p99>1ms', 1, /no strategy between/],
  ['[a p99>1ms', 0, /never closed/],
  ['order.cpu>80%', 0, /whole strategy/],
  ['calls>1constructor', 6, /does not fit/],
  ['a b.p99>1ms', 2, /operator is missing/],
];
for (const [text, column, expected] of bad) {
  test(`"${text}" is refused with a caret at ${column}`, () => {
    assert.throws(
      () => parseCondition(text),
      (error) => {
        assert.ok(isIpcbenchError(error, 'BAD_CONDITION'));
        const lines = error.message.split('\n');
        assert.ok(
          lines.some((line, index) => index % 3 === 0 && expected.test(line)),
          error.message,
        );
        assert.ok(
          lines.some((line) => line === `  ${' '.repeat(column)}^`),
          error.message,
        );
        return true;
      },
    );
  });
}

test('every fault of every condition is told at once', () => {
  assert.throws(
    () => parseConditions(['p98>fast', 'p99>1ms', 'cpu>']),
    (error) => isIpcbenchError(error) && error.message.match(/\^/g)?.length === 3,
  );
});

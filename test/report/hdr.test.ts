import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HistogramLogReader } from 'hdr-histogram-js';
import { Histogram } from '#src/measure/histogram.js';
import { intervalLog, percentileFiles } from '#src/report/hdr.js';
import { measured, reportOf } from './sample.js';

test('an interval log is read back by the public reader, a tagged interval a round', () => {
  const result = measured({ label: 'lock-pool:size=1,create=check', rounds: 3, count: 300 });
  const reader = new HistogramLogReader(intervalLog(reportOf([result])));
  const found = new Map<string, number[]>();
  for (let interval = reader.nextIntervalHistogram(); interval !== null; interval = reader.nextIntervalHistogram())
    found.set(interval.tag, [...(found.get(interval.tag) ?? []), interval.totalCount]);
  assert.deepEqual(
    [...found],
    [
      ['lock-pool:size=1_create=check/order', [300, 300, 300]],
      ['lock-pool:size=1_create=check/scan', [300, 300, 300]],
    ],
  );
});

test('an interval log starts with the lines that every reader wants', () => {
  const lines = intervalLog(reportOf([measured({ label: 'a' })])).split('\n');
  assert.equal(lines[0], '#[Histogram log format version 1.3]');
  assert.ok(lines.includes('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'));
  assert.match(lines.at(-2) ?? '', /^Tag=a\/scan,0\.000,30\.000,[\d.]+,HISTFAA/);
});

test('percentile distributions are in milliseconds and end at the largest value', () => {
  const result = measured({ label: './old.js', count: 1000 });
  const files = percentileFiles(reportOf([result]));
  assert.deepEqual(
    files.map((file) => file.name),
    ['order.response', 'order.service', 'scan.response', 'scan.service'].map((name) => `_old_js.${name}.hgrm`),
  );
  const text = files[0]?.text ?? '';
  const histogram = Histogram.decode(result.operations.order?.histograms.response ?? '');
  const last = text.split('\n').find((line) => line.includes('1.000000000000')) ?? '';
  assert.equal(Number(last.trim().split(/\s+/)[0]).toFixed(1), (histogram.max / 1e6).toFixed(1));
  assert.match(text, /Total count {4}= {9}1000\]/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { phases } from '#src/measure/result.js';
import { type Ending, KindRecorder } from '#src/replay/recorder.js';
import type { SentHistogram } from '#src/replay/sent-histogram.js';
import { Bench, RecordingSession } from './session.js';

const received = ({ pairs, max }: SentHistogram): Histogram => {
  const histogram = new Histogram();
  histogram.addPairs(pairs, max);
  return histogram;
};

const near = (value: number, expected: number): boolean => Math.abs(value - expected) <= expected * 0.001;

test('whatever the ending, the time it took is recorded, from the due time and from the start', async (context) => {
  const bench = await Bench.open(context, new RecordingSession().session);
  const recorder = new KindRecorder();
  const endings: Ending[] = ['succeeded', 'succeeded', 'failed', 'timed-out', 'unfinished'];
  for (const [index, ending] of endings.entries())
    recorder.record(bench.run(), ending, 0, 1e6, (index + 1) * 10e6 + 1e6);
  const outcome = recorder.outcome();
  assert.deepEqual([outcome.count, outcome.errors, outcome.timeouts, outcome.unfinished], [5, 1, 1, 1]);
  const [response, service, lag] = [outcome.response, outcome.service, outcome.lag].map(received);
  assert.ok(near(response?.max ?? 0, 51e6) && near(service?.max ?? 0, 50e6) && near(lag?.max ?? 0, 1e6));
  assert.equal(outcome.serviceSumNs, 150e6);
  assert.equal(received(outcome.responseSucceeded).count, 2);
  assert.deepEqual(outcome.shortestUnfinishedNs, { response: 51e6, service: 50e6 });
});

test('an operation that was due and never sent counts as unfinished, with the time it waited', () => {
  const recorder = new KindRecorder();
  recorder.recordUnsent(5e6);
  recorder.recordUnsent(3e6);
  const outcome = recorder.outcome();
  assert.deepEqual([outcome.count, outcome.unfinished], [2, 2]);
  assert.equal(received(outcome.response).count, 2);
  assert.equal(received(outcome.service).count, 0);
  assert.equal(outcome.shortestUnfinishedNs?.response, 3e6);
});

test('nothing recorded is an outcome too', () => {
  const outcome = new KindRecorder().outcome();
  assert.deepEqual([outcome.count, outcome.shortestUnfinishedNs, outcome.errorMessages], [0, undefined, []]);
  assert.deepEqual(
    outcome.phases,
    phases.map(() => ({ pairs: [0], max: 0 })),
  );
});

test('error messages are counted, the first twenty different ones', () => {
  const recorder = new KindRecorder();
  for (let index = 0; index < 50; index++) recorder.sawError(`error ${index % 25}`);
  const { errorMessages } = recorder.outcome();
  assert.equal(errorMessages.length, 20);
  assert.deepEqual(errorMessages[0], ['error 0', 2]);
});

test('the series starts anew each time it is taken, and leaves unfinished operations out', async (context) => {
  const bench = await Bench.open(context, new RecordingSession().session);
  const recorder = new KindRecorder();
  recorder.record(bench.run(), 'succeeded', 0, 0, 5);
  recorder.record(bench.run(), 'unfinished', 0, 0, 9);
  assert.equal(recorder.recent.count, 1);
  assert.equal(recorder.takeRecent()[0], 5);
  assert.equal(recorder.recent.count, 0);
});

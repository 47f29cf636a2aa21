import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { drawCharts } from '#src/report/html/drawing.js';
import { renderHtml } from '#src/report/html.js';
import { measuredResults, type Report } from '#src/report/model.js';
import { findBrowser, openPage } from './browser.js';
import { measured, reportOf, usualReport } from './sample.js';

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-html-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const browser = findBrowser();
const needsBrowser = {
  skip: browser === undefined ? 'no chromium here; test/report/install-chromium.sh installs it' : false,
};

function saved(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('the page has everything inside it and asks for nothing from anywhere', () => {
  const text = renderHtml(usualReport());
  assert.match(text, /Content-Security-Policy" content="default-src 'none'/);
  assert.doesNotMatch(text, /(?:src|href)="(?!data:,)/);
  assert.doesNotMatch(text, /url\(|@import/);
});

test('names become neither markup nor script', () => {
  const text = renderHtml(reportOf([measured({ label: '</script><img src=x onerror=alert(1)>"\'' })]));
  assert.doesNotMatch(text, /<img/);
  assert.equal(text.match(/<\/script>/g)?.length, 3);
});

test('a page of 20 strategies over a long run stays under 1 MB', () => {
  const many = Array.from({ length: 20 }, (_, index) => {
    const result = measured({ label: `strategy-number-${index}`, count: 3000 });
    const [point] = result.series;
    assert.ok(point !== undefined);
    return { ...result, series: Array.from({ length: 3600 }, (_, second) => ({ ...point, second })) };
  });
  assert.ok(Buffer.byteLength(renderHtml(reportOf(many))) < 1e6);
});

test('a strategy without a coordinator has its series as a table too, and no title of a chart that is not there', () => {
  const result = measured({ label: 'forward-after' });
  const series = result.series.map((point) => ({ ...point, coordinators: {} }));
  const text = renderHtml(reportOf([{ ...result, series }]));
  assert.match(text, />Response time of order over time</);
  assert.match(text, /p99 of order in each second[\s\S]*As a table[\s\S]*Where the time of order goes/);
});

test('what happened in single seconds is drawn as dots: a line that leads nowhere is not drawn at all', () => {
  const shown: boolean[][] = [];
  const line = (...values: (number | null)[]) => ({ label: '', color: '', values });
  const lines = [line(null, 1, null), line(1, null, 1), line(1, 2, null), line(null, null, null), line(3, 2, 1)];
  const charts = JSON.stringify([{ id: 'time', kind: 'time', unit: 'ms', x: [0, 1, 2], lines }]);
  class Plot {
    constructor({ series }: { series?: { points?: { show: boolean } }[] }) {
      shown.push((series ?? []).flatMap(({ points }) => points?.show ?? []));
    }
    setSize(): void {}
  }
  class Observer {
    observe(): void {}
  }
  drawCharts({ getElementById: () => ({ textContent: charts, clientWidth: 1 }) }, Plot, Observer);
  assert.deepEqual(shown, [[true, true, false, false, false]]);
});

test('an empty time series, one sample and nothing measured each give a page', () => {
  const one = reportOf([{ ...measured({ label: 'a', count: 1 }), series: [] }]);
  assert.match(renderHtml(one), /by percentile/);
  assert.doesNotMatch(renderHtml(one), /over time/);
  assert.match(renderHtml({ ...one, results: [] }), /no strategy was measured/);
});

test(
  'a browser draws every chart without a word on its console, and shows the figures of the report',
  needsBrowser,
  async () => {
    const report = usualReport();
    const { document, console } = await openPage(browser ?? '', saved('usual.html', renderHtml(report)));
    assert.deepEqual(console, []);
    assert.equal(document.match(/<canvas/g)?.length, 3);
    const row = rowOf(document, 'lock-pool');
    const result = measuredResults(report).find(({ label }) => label === 'lock-pool');
    const latency = result?.operations.order?.responseMs;
    assert.ok(latency !== undefined && result !== undefined);
    const expected = [
      latency.count,
      latency.p50,
      latency.p95,
      latency.p99,
      latency.max,
      result.throughput.operationsPerSecond,
      result.calls.perOperation,
      31,
    ];
    assert.deepEqual(row, expected);
  },
);

/** A sweep whose curve bends at 64, of a trace that says how long orders took. */
function sweptReport(): Report {
  const medians: [value: number, medianMs: number][] = [
    [16, 800],
    [32, 420],
    [64, 150],
    [128, 140],
    [256, 135],
  ];
  const results = medians.map(([value, medianMs]) => {
    const result = measured({ label: `lock-pool:size=${value}`, medianMs, spread: 0.05, rounds: 1 });
    const { order } = result.operations;
    assert.ok(order !== undefined);
    return { ...result, operations: { ...result.operations, order: { ...order, recordedMs: order.serviceMs } } };
  });
  const points = [
    ...medians.map(([value]) => ({ label: `lock-pool:size=${value}`, value })),
    { label: 'gone', value: 512 },
  ];
  return reportOf(results, {
    recorded: { verdict: 'reproduced', text: 'It took as long then.' },
    sweep: { strategy: 'lock-pool', option: 'size', points },
  });
}

test('a browser shows a sweep with its knee, blame, and recorded against replayed', needsBrowser, async () => {
  const report = sweptReport();
  const { document, console } = await openPage(browser ?? '', saved('swept.html', renderHtml(report)));
  assert.deepEqual(console, []);
  const [, drawing = ''] = /<svg class="sweep"[^>]*>(.*?)<\/svg>/s.exec(document) ?? [];
  const dots = [...drawing.matchAll(/<circle(?: class="knee")? cx="([\d.]+)" cy="([\d.]+)"/g)];
  assert.equal(dots.length, 5);
  const heights = dots.map((match) => Number(match[2]));
  assert.deepEqual(
    heights,
    [...heights].sort((a, b) => a - b),
    'p99 falls from left to right',
  );
  assert.equal(drawing.match(/<circle class="knee"/g)?.length, 1);
  assert.match(document, /The knee is at size=64/);
  assert.match(document, /<th scope="row">512<\/th><td[^>]*>not measured/);
  const point = measuredResults(report)[2];
  const latency = point?.operations.order?.responseMs;
  assert.ok(point !== undefined && latency !== undefined);
  assert.deepEqual(rowOf(document, '64 \\(knee\\)'), [latency.p50, latency.p99, point.throughput.operationsPerSecond]);
  const [, then = ''] = /Recorded against replayed<\/h2>(.*?)<\/section>/s.exec(document) ?? [];
  assert.match(then, /<b>reproduced<\/b>\. It took as long then\./);
  const service = point.operations.order?.serviceMs;
  assert.deepEqual(rowOf(then, 'lock-pool:size=64'), [service?.p50, service?.p50, service?.p99, service?.p99]);
  const [, blame = ''] = /Hot keys, and who waited for whom<\/h2>(.*?)<\/section>/s.exec(document) ?? [];
  assert.deepEqual(rowOf(blame, 'lock-pool:size=64'), [4000]);
  assert.match(blame, /\(nobody\).*a2\/ETH/s);
});

test('a compared report is drawn over its base, in the dark and on a phone', needsBrowser, async () => {
  const text = renderHtml(usualReport(), { base: usualReport() });
  const { document, console } = await openPage(browser ?? '', saved('both.html', text), [
    '--force-dark-mode',
    '--window-size=390,800',
  ]);
  assert.deepEqual(console, []);
  assert.equal(document.match(/u-label">single-manager \(base\)/g)?.length, 3);
});

test(
  'at 1300 px no table hides a column, however much a workload adds and however long a label is',
  needsBrowser,
  async () => {
    const label = 'submit-index:servers=2,size=64,slots=16,wait=500ms';
    const result = measured({ label });
    const latency = result.operations.order?.responseMs ?? assert.fail('no latency');
    const submit = {
      figures: { gateWaitMs: latency, inGateMs: latency, recoveryMs: latency },
      counts: { recoveries: 123_456, rejected: 123_456, indexHits: 1, indexMisses: 99, indexRebuilds: 80 },
      gauges: { indexEntries: 12_345, indexBytes: 37.1e6 },
      notes: [],
      histograms: {},
    };
    const safety = { ...result.safety, answers: { checked: 1, telling: 1, wrong: 1 } };
    const text = renderHtml(
      reportOf([{ ...result, safety, workload: { submit } }, measured({ label: `${label},gate=shared` })]),
    );
    const measure = `document.querySelectorAll('details').forEach((part) => { part.open = true; });
    const hidden = [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth);
    document.title = 'hidden: ' + hidden.map((box) => box.textContent.slice(0, 40)).join();`;
    const page = saved('wide.html', text.replace('</body>', `<script>${measure}</script></body>`));
    const { document } = await openPage(browser ?? '', page, ['--window-size=1300,900']);
    assert.equal(/<title>(.*?)<\/title>/.exec(document)?.[1], 'hidden: ');
    assert.match(document, /What submit adds.*wrong answers/s);
  },
);

test('a fault on a page would be seen on the console', needsBrowser, async () => {
  const broken: Report = usualReport();
  const text = renderHtml(broken).replace('(document, uPlot, ResizeObserver)', '(document, undefined, ResizeObserver)');
  const { console } = await openPage(browser ?? '', saved('broken.html', text));
  assert.equal(console.length, 1);
});

/** The raw figures in the first row of the main table with this name. */
function rowOf(document: string, label: string): number[] {
  const row =
    new RegExp(`<tr><th scope="row">${label}</th>(.*?)</tr>`).exec(document.replaceAll('<wbr>', ''))?.[1] ?? '';
  return [...row.matchAll(/data-value="([^"]*)"/g)].map((match) => Number(match[1]));
}

import type { Chart } from './curve.js';

/** As much of a browser as the drawing needs. */
interface Page {
  getElementById(id: string): Box | null;
}
interface Box {
  textContent: string | null;
  clientWidth: number;
}
interface Plot {
  setSize(size: { width: number; height: number }): void;
}
type PlotConstructor = new (options: object, data: unknown[], box: Box) => Plot;
type ResizeObserverConstructor = new (seen: () => void) => { observe(box: Box): void };

/**
 * Draws the charts of a report page. It runs in the browser: its compiled text is put on the page, so it must use nothing from outside
 * but its arguments.
 * @param UPlot uPlot's constructor, https://github.com/leeoniya/uPlot
 */
export function drawCharts(page: Page, UPlot: PlotConstructor, Observer: ResizeObserverConstructor): void {
  const grey = '#888';
  const height = 300;
  const charts = JSON.parse(page.getElementById('charts')?.textContent ?? '[]') as Chart[];
  const tellMs = (ms: number): string =>
    ms >= 1000
      ? `${+(ms / 1000).toPrecision(3)} s`
      : ms >= 1
        ? `${+ms.toPrecision(3)} ms`
        : `${+(ms * 1000).toPrecision(3)} µs`;
  const tellShare = (x: number): string => `${+(100 - 100 / x).toFixed(4)} %`;
  const round = (value: number): boolean =>
    [1, 2, 5].includes(+(value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3));
  const decade = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
  const isAlone = (value: number | null, at: number, all: readonly (number | null)[]): boolean =>
    value !== null && (all[at - 1] ?? null) === null && (all[at + 1] ?? null) === null;
  for (const chart of charts) {
    const box = page.getElementById(chart.id);
    if (box === null) continue;
    const percentiles = chart.kind === 'percentiles';
    const tell = chart.unit === 'ms' ? tellMs : (value: number): string => `${+value.toPrecision(3)} %`;
    const options = {
      width: box.clientWidth,
      height,
      scales: {
        x: percentiles ? { time: false, distr: 3, log: 10 } : { time: false },
        y: chart.unit === 'ms' ? { distr: 3, log: 10 } : { range: [0, 100] },
      },
      axes: [
        {
          stroke: grey,
          grid: { stroke: '#8883' },
          ticks: { stroke: '#8883' },
          values: (_: unknown, splits: number[]) =>
            splits.map((x) => (percentiles ? (decade(x) ? tellShare(x) : '') : `${x} s`)),
        },
        {
          stroke: grey,
          size: 70,
          grid: { stroke: '#8883' },
          ticks: { stroke: '#8883' },
          values: (_: unknown, splits: number[]) => splits.map((y) => (chart.unit === '%' || round(y) ? tell(y) : '')),
        },
      ],
      series: [
        {
          label: percentiles ? 'percentile' : 'second',
          value: (_: unknown, x: number | null) => (x === null ? '–' : percentiles ? tellShare(x) : `${x} s`),
        },
        ...chart.lines.map((line) => ({
          label: line.label,
          stroke: line.color,
          width: 1.5,
          dash: line.dash,
          // A line that leads nowhere is not drawn: cycles of some seconds leave a point here and there.
          points: { show: line.values.some(isAlone) },
          value: (_: unknown, y: number | null) => (y === null ? '–' : tell(y)),
        })),
      ],
      ...(percentiles ? {} : { cursor: { sync: { key: 'time' } } }),
    };
    const positive = (value: number | null): number | null =>
      value === null || chart.unit === '%' ? value : Math.max(value, 1e-4);
    const plot = new UPlot(options, [chart.x, ...chart.lines.map((line) => line.values.map(positive))], box);
    new Observer(() => plot.setSize({ width: box.clientWidth, height })).observe(box);
  }
}

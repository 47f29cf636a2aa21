/** As much of a browser as zooming needs. */
interface Bar {
  dataset: { from?: string; share?: string };
  setAttribute(name: string, value: string): void;
  style: { display: string };
  addEventListener(event: 'click', listener: () => void): void;
}
interface Graph {
  querySelectorAll(selector: 'svg'): Iterable<Bar>;
}
interface Page {
  querySelectorAll(selector: 'svg.flame'): Iterable<Graph>;
}

/**
 * Lets a click on a bar of a flame graph widen it to the whole width, and a click on it again show all. It runs in the browser: its
 * compiled text is put on the page, so it must use nothing from outside but its argument.
 */
export function enableZoom(page: Page): void {
  for (const graph of page.querySelectorAll('svg.flame')) {
    const bars = [...graph.querySelectorAll('svg')].map((bar) => ({
      bar,
      from: Number(bar.dataset.from),
      share: Number(bar.dataset.share),
    }));
    let shown = { from: 0, share: 1 };
    const show = (from: number, share: number): void => {
      shown = { from, share };
      for (const each of bars) {
        const left = Math.max(each.from, from);
        const right = Math.min(each.from + each.share, from + share);
        each.bar.style.display = right - left > share / 5000 ? '' : 'none';
        each.bar.setAttribute('x', `${(100 * (left - from)) / share}%`);
        each.bar.setAttribute('width', `${(100 * Math.max(0, right - left)) / share}%`);
      }
    };
    for (const { bar, from, share } of bars)
      bar.addEventListener('click', () =>
        shown.from === from && shown.share === share ? show(0, 1) : show(from, share),
      );
  }
}

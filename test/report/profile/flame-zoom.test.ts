import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enableZoom } from '#src/report/profile/flame-zoom.js';

class Bar {
  readonly dataset: { from: string; share: string };
  readonly style = { display: '' };
  readonly attributes: Record<string, string> = {};
  click: () => void = () => {};

  constructor(from: number, share: number) {
    this.dataset = { from: String(from), share: String(share) };
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }

  addEventListener(_event: 'click', listener: () => void): void {
    this.click = listener;
  }
}

/** The root, its left half and its right half. */
const graph = () => [new Bar(0, 1), new Bar(0, 0.5), new Bar(0.5, 0.5)] as const;
const asGraph = (bars: readonly Bar[]) => ({ querySelectorAll: () => bars });

test('a click widens a bar and hides what is beside it, a second click shows all', () => {
  const [root, left, right] = graph();
  enableZoom({ querySelectorAll: () => [asGraph([root, left, right])] });
  right.click();
  assert.deepEqual(right.attributes, { x: '0%', width: '100%' });
  assert.equal(left.style.display, 'none');
  assert.equal(root.attributes.width, '100%');
  right.click();
  assert.equal(left.style.display, '');
  assert.deepEqual(right.attributes, { x: '50%', width: '50%' });
});

test('a click on one graph leaves the others of the page alone', () => {
  const [one, other] = [graph(), graph()];
  enableZoom({ querySelectorAll: () => [asGraph(one), asGraph(other)] });
  one[1].click();
  assert.equal(one[2].style.display, 'none');
  assert.deepEqual(
    other.map(({ style, attributes }) => [style.display, attributes]),
    other.map(() => ['', {}]),
  );
});

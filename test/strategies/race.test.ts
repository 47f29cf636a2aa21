import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Stage } from './harness.js';

/**
 * Two processes meet on a fresh key: both have found no lock when the first creates one; the second creates another once the first
 * has fetched its own.
 */
async function meetOnFreshKey(spec: string): Promise<{ bothInside: boolean }> {
  const stage = await Stage.open(spec);
  try {
    const [first, second] = await stage.clientsOf(2);
    if (first === undefined || second === undefined) throw new Error('two clients were asked for');
    const marks = { checked: join(stage.directory, 'checked'), fetched: join(stage.directory, 'fetched') };
    const early = first.scenario('meet', {
      key: 'fresh',
      waitAt: 'create',
      waitFor: marks.checked,
      markAt: 'acquire',
      mark: marks.fetched,
    });
    const late = second.scenario('meet', {
      key: 'fresh',
      markAt: 'create',
      mark: marks.checked,
      waitAt: 'create',
      waitFor: marks.fetched,
    });
    // A process that finds no lock stops at `create` until the other has come as far; one that has no such phase marks nothing.
    const inside = await Promise.all([early, late]);
    return { bothInside: inside.every((entered) => entered === true) };
  } finally {
    await stage.close();
  }
}

test('create=check lets two processes in that meet on a fresh key', async () => {
  assert.deepEqual(await meetOnFreshKey('single-manager:create=check'), { bothInside: true });
});

test('create=atomic lets one of them in', async () => {
  assert.deepEqual(await meetOnFreshKey('single-manager:create=atomic'), { bothInside: false });
});

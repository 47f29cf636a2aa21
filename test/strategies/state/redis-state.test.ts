import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Session, Value } from '#src/strategies/strategy.js';
import { Stage } from '../harness.js';
import { needsRedis } from '../redis-program.js';

describe('state in Redis', await needsRedis(), () => {
  let stage: Stage;
  let session: Session;
  before(async () => {
    stage = await Stage.open('redis:state=redis');
    session = await stage.connect();
  });
  after(async () => {
    await session.close();
    assert.deepEqual(await stage.close(), []);
  });

  test('keeps any value under any key', async () => {
    const values: [string, Value][] = [
      ['__proto__', { nested: [1, -1.5, 'text', null, true, { deep: [] }] }],
      ['', 0],
      ['ключ', ''],
      ['x'.repeat(65_536), Buffer.from([0, 255, 13, 10])],
      ['10', null],
      ['9', [2 ** 40]],
    ];
    for (const [key, value] of values) await session.state.set('any', key, value);
    for (const [key, value] of values) assert.deepEqual(await session.state.get('any', key), value);
    assert.deepEqual(new Map(await session.state.entries('any')), new Map(values));
    assert.deepEqual((await session.state.keys('any')).sort(), values.map(([key]) => key).sort());
    await session.state.delete('any', '');
    assert.equal(await session.state.get('any', ''), undefined);
    await session.state.clear('any');
    assert.deepEqual(await session.state.entries('any'), []);
  });

  test('patches one value or several, the same one twice included', async () => {
    assert.deepEqual(await session.state.patch('p', 'a', { set: { name: 'a' }, add: { n: 2 } }), { n: 2 });
    const patches = [
      ['a', { add: { n: 3 } }],
      ['b', { add: { n: 1 } }],
      ['a', { add: { n: -1, m: 1 } }],
    ] as const;
    assert.deepEqual(await session.state.patchMany('p', patches), [{ n: 5 }, { n: 1 }, { n: 4, m: 1 }]);
    assert.deepEqual(await session.state.get('p', 'a'), { name: 'a', n: 4, m: 1 });
    assert.deepEqual(await session.state.patchMany('p', []), []);
  });

  test('replaces all content by none, one, and more than one command carries', async () => {
    for (const count of [2, 2_500, 1, 0]) {
      await session.state.replaceAll(
        'r',
        Array.from({ length: count }, (_, at) => [`${count}-${at}`, at]),
      );
      assert.equal((await session.state.entries('r')).length, count);
    }
  });

  test('gives queue items out in order, each once, to takers that wait without holding up other calls', async () => {
    const [one, other] = await stage.clientsOf(2);
    const waiting = Promise.all(Array.from({ length: 4 }, () => session.state.take('q', 10_000)));
    assert.equal(await session.state.get('q', 'no dict'), undefined);
    for (let value = 0; value < 4; value += 1) await session.state.put('q', value);
    assert.deepEqual((await waiting).sort(), [0, 1, 2, 3]);
    const values = Array.from({ length: 200 }, (_, value) => value);
    const taking = [one, other].map((client) => client?.scenario('takeAll', { queue: 'q', patienceMs: 500 }));
    for (const value of values) await session.state.put('q', value);
    const taken = (await Promise.all(taking)) as number[][];
    assert.deepEqual(
      taken.flat().sort((a, b) => a - b),
      values,
    );
    for (const list of taken)
      assert.deepEqual(
        list,
        list.toSorted((a, b) => a - b),
      );
    assert.equal(await session.state.take('q', 0), undefined);
  });
});

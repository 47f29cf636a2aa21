import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { profileProcess } from '#src/monitor/profile.js';
import { defaultThresholds } from '#src/monitor/verdict.js';
import { withoutRedis as skip, startRedis } from './redis-target.js';

function watch(pid: number, onSecond: (second: number) => void, redisPassword?: string) {
  let second = 0;
  return profileProcess(pid, {
    durationMs: 1500,
    intervalMs: 100,
    children: false,
    thresholds: defaultThresholds,
    signal: new AbortController().signal,
    onSecond: () => onSecond(second++),
    ...(redisPassword === undefined ? {} : { redisPassword }),
  });
}

describe('watching a Redis server', { concurrency: 3 }, () => {
  test('a Redis server tells its rate, its busiest commands, its blocked clients and its slow log', {
    skip,
  }, async (t: TestContext) => {
    const { pid, client } = await startRedis(t);
    const blocked = client.duplicate();
    t.after(() => blocked.disconnect());
    blocked.on('error', () => {});
    blocked.blpop('nothing', 0).catch(() => {});
    await client.config('SET', 'slowlog-log-slower-than', '5000');
    const sent: Promise<unknown>[] = [];
    const profile = await watch(pid, () => {
      for (let i = 0; i < 500; i++) sent.push(client.set('key', i));
      sent.push(client.eval('for i = 1, 2000000 do end return 1', 0));
    });
    await Promise.all(sent);
    const [main] = profile.processes;
    assert.equal(main?.kind.name, 'redis-server');
    assert.equal(main.listeners?.[0]?.connections, 2, 'the profiler does not count itself');
    const redis = main.redis;
    assert.ok(redis, JSON.stringify(main.unreadable));
    assert.ok(redis.commandsPerSecond > 100);
    assert.equal(redis.blockedClients, 1);
    assert.equal(redis.connectedClients, 2);
    assert.ok(redis.commands.some((command) => command.name === 'set' && command.calls >= 500));
    assert.ok(redis.commands.every((command) => !command.name.startsWith('slowlog') && command.name !== 'info'));
    assert.ok(
      redis.slow.some((entry) => entry.command.toLowerCase().startsWith('eval')),
      JSON.stringify(redis.slow),
    );
  });

  test('a Redis server that wants a password is told apart from one that has it', { skip }, async (t: TestContext) => {
    const { pid } = await startRedis(t, 'a secret');
    const refused = await watch(pid, () => {});
    assert.match(JSON.stringify(refused.processes[0]?.unreadable), /REDISCLI_AUTH/);
    assert.notEqual(refused.processes[0]?.verdict, 'unknown');
    const answered = await watch(pid, () => {}, 'a secret');
    assert.equal(answered.processes[0]?.redis?.blockedClients, 0);
  });

  test('a Redis server that dies while it is watched is told as ended', { skip }, async (t: TestContext) => {
    const { pid } = await startRedis(t);
    const profile = await watch(pid, (second) => {
      if (second === 1) process.kill(pid, 'SIGKILL');
    });
    assert.equal(profile.state, 'ended');
    assert.match(JSON.stringify(profile.processes[0]?.unreadable), /INFO of Redis/);
  });
});

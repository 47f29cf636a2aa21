import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';

/** Why a test that needs a redis-server is left out; false where there is one. */
export const withoutRedis: string | false = isInstalled() ? false : 'redis-server is not installed';

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** A Redis of the test's own on a socket in a private folder, gone with the test. */
export async function startRedis(t: TestContext, password?: string): Promise<{ pid: number; client: Redis }> {
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  const path = join(folder, 'redis.sock');
  const secret = password === undefined ? [] : ['--requirepass', password];
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', ...secret], {
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  const client = new Redis({
    path,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    ...(password === undefined ? {} : { password }),
  });
  client.on('error', () => {});
  t.after(async () => {
    client.disconnect();
    server.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await client.ping();
  if (server.pid === undefined) throw new Error('redis-server did not start');
  return { pid: server.pid, client };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '#src/strategies/coordinator/redis-process.js';
import { RedisLink } from '#src/strategies/locks/redis-link.js';
import { redisTarget } from '#src/strategies/locks/redis-target.js';

/** Names of all keys of a server. */
export async function redisKeys(address: string): Promise<string[]> {
  const link = await RedisLink.open(redisTarget(address));
  const keys = await link.command('KEYS', ['*']);
  link.close();
  return (keys as string[]).sort();
}

/** A Redis as a user runs it: on a TCP port of its own choosing, beside which the product is a guest. */
export class UserRedis {
  private constructor(
    readonly server: ChildProcess,
    readonly port: number,
    readonly directory: string,
  ) {}

  static async start(...settings: string[]): Promise<UserRedis> {
    const directory = await mkdtemp(join(tmpdir(), 'ipcb-user-'));
    const port = await freePort();
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
    const server = spawn((await findRedisServer()) ?? 'redis-server', [...fixed, ...settings], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const chunk of server.stdout) if (/ready to accept/i.test(String(chunk))) break;
    return new UserRedis(server, port, directory);
  }

  url(login = ''): string {
    return `redis://${login}127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const exit = once(this.server, 'exit');
      this.server.kill('SIGKILL');
      await exit;
    }
    await rm(this.directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

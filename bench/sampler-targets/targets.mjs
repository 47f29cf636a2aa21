// What the sampler's bench watches: real coordinators under load, and a process that does nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serve } from '../../dist/replay/serve.js';
import { findRedisServer, startRedisServer } from '../../dist/strategies/coordinator/redis-process.js';

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A program that greets with a line, and answers lines with lines. */
async function talkTo(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [greeting] = await Promise.race([once(lines, 'line'), exited.then(() => [undefined])]);
  if (greeting === undefined) throw new Error(`${command} ${args.join(' ')} ended before it was ready`);
  return {
    pid: child.pid,
    greeting,
    async ask() {
      const answer = once(lines, 'line');
      child.stdin.write('\n');
      return Number((await answer)[0]);
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function nodeManager() {
  const served = await serve('single-manager');
  const load = await talkTo(process.execPath, [beside('load.mjs'), 'manager', served.file]);
  return {
    pid: served.coordinators[0].pid,
    done: load.ask,
    async end() {
      await load.end();
      await served.close();
    },
  };
}

async function pythonManager() {
  const program = await talkTo('python3', [beside('manager.py')]);
  const pid = Number(program.greeting);
  return {
    pid,
    done: program.ask,
    async end() {
      // The manager goes with its parent, and so do the clients.
      await program.end();
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    },
  };
}

async function redisServer() {
  const binary = await findRedisServer();
  if (binary === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-bench-'));
  const server = await startRedisServer(binary, folder, 'redis');
  const load = await talkTo(process.execPath, [beside('load.mjs'), 'redis', server.socket]);
  return {
    pid: server.pid,
    done: load.ask,
    async end() {
      await load.end();
      await server.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Counts its own work: what it gets done for its CPU time depends on nobody else. */
async function busyProcess() {
  const source = `
    let rounds = 0;
    process.stdin.on('data', () => console.log(rounds));
    const spin = () => { for (let i = 0; i < 20000; i++) Math.sqrt(i); rounds++; setImmediate(spin); };
    console.log('ready');
    spin();`;
  const program = await talkTo(process.execPath, ['-e', source]);
  return { pid: program.pid, done: program.ask, end: program.end };
}

async function idleProcess() {
  const program = await talkTo(process.execPath, [
    '-e',
    "console.log('ready'); process.stdin.on('data', () => console.log(0))",
  ]);
  return { pid: program.pid, done: program.ask, end: program.end };
}

export const targets = {
  'ipcbench serve single-manager, 8 calls in flight': nodeManager,
  'multiprocessing.Manager, 2 clients': pythonManager,
  'redis-server, one client with scripts': redisServer,
  'Node process that computes': busyProcess,
  'idle Node process': idleProcess,
};

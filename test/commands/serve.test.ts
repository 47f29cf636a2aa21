import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { capabilitiesOf, listStrategies, loadStrategy } from '#src/strategies/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = `${root}bin/ipcbench.js`;
const limitMs = 60_000;

/** A second program: it knows the library and the file that `serve` named, and nothing else. */
const program = `
import { openServed } from 'ipcbench/strategies';
const structures = [{ name: 'positions', kind: 'dict', group: 'position' }];
const session = await openServed(process.argv[1], { process: 'second', structures });
const handle = await session.locks.acquire(['account7/BTC'], { timeoutMs: 5000 });
await session.state.set('positions', 'account7/BTC', { quantity: 3 });
const position = await session.state.get('positions', 'account7/BTC');
await handle.release();
await session.close();
console.log(JSON.stringify(position));
`;

interface Served {
  child: ChildProcess;
  file: string;
  pids: number[];
}

async function start(spec: string): Promise<Served> {
  const child = spawn(process.execPath, [binary, 'serve', spec, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(child.stdout !== null);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { file, coordinators } = JSON.parse(line) as { file: string; coordinators: { pid: number }[] };
  return { child, file, pids: coordinators.map(({ pid }) => pid) };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const coordinated: string[] = [];
for (const { name } of await listStrategies()) {
  const { strategy, options } = await loadStrategy(name);
  const runs = (await strategy.unavailable?.(options)) === undefined;
  const shares = capabilitiesOf(strategy).includes('state');
  if (runs && shares && strategy.coordinators(options).length > 0) coordinated.push(name);
}

describe('serve', { concurrency: 2 }, () => {
  for (const spec of coordinated) {
    test(`${spec} is used by a second program, and Ctrl-C leaves nothing behind`, { timeout: limitMs }, async () => {
      const { child, file, pids } = await start(spec);
      try {
        const told = execFileSync(process.execPath, ['--input-type=module', '-e', program, file], {
          cwd: root,
          encoding: 'utf8',
          timeout: limitMs,
        });
        assert.deepEqual(JSON.parse(told), { quantity: 3 });
      } finally {
        child.kill('SIGINT');
        const [code] = await once(child, 'exit');
        assert.equal(code, 0);
      }
      assert.ok(!existsSync(file));
      assert.deepEqual(pids.filter(isAlive), []);
    });
  }

  test('a strategy without a coordinator is refused', () => {
    assert.throws(
      () => execFileSync(process.execPath, [binary, 'serve', 'none'], { stdio: 'pipe' }),
      (error: { status?: number; stderr?: Buffer }) =>
        error.status === 2 && /none has no coordinator to serve/.test(String(error.stderr)),
    );
  });

  test('a coordinator that dies ends it with a word and exit code 3', { timeout: limitMs }, async () => {
    const { child, pids } = await start('lock-pool');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const [code] = await once(child, 'exit');
    assert.equal(code, 3);
  });
});

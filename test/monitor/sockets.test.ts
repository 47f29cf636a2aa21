import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listeningSockets } from '#src/monitor/sockets.js';
import { startPython } from './target.js';

test('listeners of a process are told with what is connected and what waits to be accepted', async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const target = await startPython(
    t,
    `
import socket, time
path = ${JSON.stringify(join(folder, 'a b.sock'))}
unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen(8)
tcp = socket.socket(); tcp.bind(('127.0.0.1', 0)); tcp.listen(8)
six = socket.socket(socket.AF_INET6); six.bind(('::1', 0)); six.listen(8)
kept = []
for _ in range(3):
    client = socket.socket(socket.AF_UNIX); client.connect(path); kept.append(client)
kept.append(unix.accept())
for _ in range(2):
    client = socket.socket(); client.connect(tcp.getsockname()); kept.append(client)
kept.append(tcp.accept())
print(tcp.getsockname()[1], six.getsockname()[1], flush=True)
time.sleep(600)
`,
  );
  const [tcpPort, sixPort] = target.greeting.split(' ');
  const sockets = listeningSockets(target.pid);
  const find = (address: string) => sockets?.find((socket) => socket.address === address);
  assert.deepEqual(find(join(folder, 'a b.sock')), {
    transport: 'unix',
    address: join(folder, 'a b.sock'),
    connections: 1,
    queued: 2,
  });
  assert.equal(find(`127.0.0.1:${tcpPort}`)?.queued, 1);
  assert.ok((find(`127.0.0.1:${tcpPort}`)?.connections ?? 0) >= 1);
  assert.equal(find(`[::1]:${sixPort}`)?.queued, 0);
  assert.equal(sockets?.length, 3);
});

test('a process that listens nowhere has no listeners, and one that is gone is not known', async (t: TestContext) => {
  const target = await startPython(t, `import time; print('ready', flush=True); time.sleep(600)`);
  assert.deepEqual(listeningSockets(target.pid), []);
  await target.end();
  assert.equal(listeningSockets(target.pid), undefined);
});

test('a server of this very process is found', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.ok(listeningSockets(process.pid)?.some((socket) => socket.address === `0.0.0.0:${address.port}`));
  await new Promise((resolve) => server.close(resolve));
});

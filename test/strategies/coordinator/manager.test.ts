import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { connectOptions } from '#src/strategies/coordinator/address.js';
import { Channel } from '#src/strategies/coordinator/channel.js';
import { Codec, headerBytes, rawFrame } from '#src/strategies/coordinator/frame.js';
import { challengeBytes, clientAnswer, newChallenge } from '#src/strategies/coordinator/handshake.js';
import startManager from '#src/strategies/coordinator/manager.js';
import { operationCodes as codes, handshakeCode } from '#src/strategies/coordinator/operation-codes.js';
import { noMeter, type RunningCoordinator } from '#src/strategies/strategy.js';

const secret = 'the secret of this run';
const maxFrameBytes = 1024 * 1024;

for (const transport of ['unix', 'tcp'] as const) {
  describe(`a manager on ${transport}`, () => {
    let directory: string;
    let manager: RunningCoordinator;
    let channel: Channel;

    const channelWith = (given: { secret?: string; address?: string }): Channel =>
      new Channel({
        name: 'manager',
        address: manager.address,
        secret,
        session: 'test',
        codec: new Codec(maxFrameBytes),
        ...given,
      });

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
      const config = { transport, orphans: 'release', maxFrameBytes, poolLocks: 1 };
      manager = await startManager({ name: 'manager', config, directory, secret });
      channel = channelWith({});
      await channel.call(codes.set, ['dict', 'key', 17], noMeter);
    });
    afterEach(async () => {
      assert.equal(await channel.call(codes.get, ['dict', 'key'], noMeter), 17, 'others are served as before');
      await channel.close();
      await manager.close();
      assert.deepEqual(await readdir(directory), []);
      await rm(directory, { recursive: true });
    });

    /** Sends bytes by a connection of its own, proved or not, and waits until the manager has closed it. */
    async function closedAfter(bytes: Buffer, proved: boolean): Promise<void> {
      const socket = connect(connectOptions(manager.address));
      socket.on('error', () => {});
      const [challenge] = (await once(socket, 'data')) as [Buffer];
      if (proved) {
        const transcript = {
          serverChallenge: challenge.subarray(headerBytes),
          clientChallenge: newChallenge(),
          session: 'stranger',
        };
        socket.write(rawFrame(handshakeCode, clientAnswer(secret, transcript)));
        await once(socket, 'data');
        socket.write(rawFrame(handshakeCode, Buffer.alloc(0)));
      }
      socket.write(bytes);
      socket.resume();
      await once(socket, 'close');
    }

    test('is open to its owner alone', async () => {
      if (transport === 'tcp') assert.match(manager.address, /^tcp:127\.0\.0\.1:\d+$/);
      else assert.equal((await stat(join(directory, 'manager.sock'))).mode & 0o777, 0o600);
    });

    test('refuses a client that does not know the secret', async () => {
      const stranger = channelWith({ secret: 'a guess' });
      await assert.rejects(
        stranger.call(codes.get, ['dict', 'key'], noMeter),
        (error) =>
          isIpcbenchError(error, 'COORDINATOR_LOST') &&
          /coordinator manager at .* check the secret/.test(error.message),
      );
      await stranger.close();
    });

    for (const [what, bytes] of [
      ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
      ['a giant frame', Buffer.from([255, 255, 255, 255, handshakeCode])],
      ['an empty answer', rawFrame(handshakeCode, Buffer.alloc(0))],
      ['a call', new Codec().encode(codes.get, ['dict', 'key'])],
    ] as const) {
      test(`closes a connection that sends ${what} in place of a proof`, () => closedAfter(bytes, false));
    }

    for (const [what, bytes] of [
      ['what is no MessagePack', rawFrame(codes.get, Buffer.from([0xc1]))],
      ['a text cut short', rawFrame(codes.get, Buffer.from([0x92, 0xdb, 0, 0, 0, 99, 0x61]))],
      ['an unknown code', new Codec().encode(200, [])],
      ['arguments that are no list', new Codec().encode(codes.get, 'dict')],
      ['a frame over the limit', Buffer.from([1, 0, 0x10, 0, codes.set])],
      [
        'two calls at once, the first of which waits',
        Buffer.concat([
          Buffer.from(new Codec().encode(codes.take, ['queue', 60_000])),
          Buffer.from(new Codec().encode(codes.get, ['dict', 'key'])),
        ]),
      ],
    ] as const) {
      test(`closes a proved connection that sends ${what}`, () => closedAfter(bytes, true));
    }

    test('answers arguments of the wrong kind with a refusal, and goes on', async () => {
      const refused = (error: unknown) => isIpcbenchError(error, 'PROTOCOL') && /expected a text/.test(error.message);
      await assert.rejects(channel.call(codes.get, ['dict', 7], noMeter), refused);
      await assert.rejects(channel.call(codes.release, [], noMeter), refused);
      await assert.rejects(channel.call(codes.acquire, ['no such lock', 0], noMeter), /no lock has the id/);
    });

    test('refuses to send a value over the limit', async () => {
      await assert.rejects(
        async () => channel.call(codes.set, ['dict', 'big', 'x'.repeat(maxFrameBytes)], noMeter),
        (error) => isIpcbenchError(error, 'PROTOCOL') && /exceeds the limit/.test(error.message),
      );
    });

    test('counts the references of a lock and forgets it with the last one', async () => {
      const count = async () => ((await channel.call(codes.census, [], noMeter)) as { locks: number }).locks;
      const before = await count();
      const id = await channel.call(codes.createLock, [], noMeter);
      await channel.callFresh(codes.increaseReference, [id], noMeter);
      await channel.callFresh(codes.decreaseReference, [id], noMeter);
      assert.equal(await count(), before + 1);
      await channel.callFresh(codes.decreaseReference, [id], noMeter);
      assert.equal(await count(), before);
    });

    test('takes a burst of 300 connects', async () => {
      const replies = await Promise.all(
        Array.from({ length: 300 }, () => channel.callFresh(codes.get, ['dict', 'key'], noMeter)),
      );
      assert.ok(replies.every((reply) => reply === 17));
    });

    test('answers 5,000 calls at once by at most 32 connections, also while 40 wait for a lock', async () => {
      const crowd = channelWith({});
      let connections = 0;
      const meter = { ...noMeter, connection: () => connections++ };
      await channel.wait(codes.acquire, ['pool:0', 0], 0, noMeter);
      const waiting = Array.from({ length: 40 }, () => crowd.wait(codes.acquire, ['pool:0', 200], 200, noMeter));
      const calls = Array.from({ length: 5000 }, () => crowd.call(codes.get, ['dict', 'key'], meter));
      assert.ok((await Promise.all(calls)).every((reply) => reply === 17));
      assert.ok(connections >= 1 && connections <= 32, `${connections} connections`);
      assert.ok((await Promise.all(waiting)).every((grant) => grant === 0));
      await channel.call(codes.release, ['pool:0'], noMeter);
      await crowd.close();
    });

    test('rejects calls that wait for their turn with CLOSED when closed', async () => {
      const other = channelWith({});
      const calls = Array.from({ length: 1000 }, () => other.call(codes.get, ['dict', 'key'], noMeter));
      const ends = Promise.allSettled(calls);
      await other.close();
      const refused = (await ends).filter((end) => end.status === 'rejected');
      assert.ok(refused.length > 0 && refused.every((end) => isIpcbenchError(end.reason, 'CLOSED')));
    });

    test('rejects what is in progress with CLOSED when closed, and takes a grant on its way back', async () => {
      const other = channelWith({});
      await channel.wait(codes.acquire, ['pool:0', 0], 0, noMeter);
      const waiting = assert.rejects(other.wait(codes.acquire, ['pool:0', 60_000], 60_000, noMeter), (error) =>
        isIpcbenchError(error, 'CLOSED'),
      );
      await other.call(codes.get, ['dict', 'key'], noMeter);
      await other.close();
      await waiting;
      await channel.call(codes.release, ['pool:0'], noMeter);
      assert.notEqual(await channel.wait(codes.acquire, ['pool:0', 0], 0, noMeter), 0);
    });
  });
}

test('a client refuses a server that does not know the secret', async () => {
  const impostor = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(rawFrame(handshakeCode, newChallenge()));
    socket.once('data', () => socket.write(rawFrame(handshakeCode, Buffer.alloc(challengeBytes))));
  });
  impostor.listen(0, '127.0.0.1');
  await once(impostor, 'listening');
  const { port } = impostor.address() as { port: number };
  const peerage = { name: 'manager', address: `tcp:127.0.0.1:${port}`, secret, session: 'test', codec: new Codec() };
  const channel = new Channel(peerage);
  await assert.rejects(
    channel.call(codes.get, ['dict', 'key'], noMeter),
    (error) => isIpcbenchError(error, 'PROTOCOL') && /does not know the secret/.test(error.message),
  );
  await channel.close();
  impostor.close();
});

test('a coordinator that is not there is named at once', async () => {
  const peerage = { name: 'manager', address: 'unix:/nonexistent/x.sock', secret, session: 'test', codec: new Codec() };
  const channel = new Channel(peerage);
  await assert.rejects(
    channel.call(codes.get, ['d', 'k'], noMeter),
    (error) =>
      isIpcbenchError(error, 'COORDINATOR_LOST') && /coordinator manager at unix:\/nonexistent/.test(error.message),
  );
  await channel.close();
});

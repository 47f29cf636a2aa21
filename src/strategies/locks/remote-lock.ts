import { IpcbenchError } from '../../errors.js';
import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import type { AcquireOptions, Meter } from '../strategy.js';
import { type Grant, lockTimeout, quoted } from './lock-set.js';

/** Acquires a coordinator's lock object by its id: one call, and one for the release. `name` is what errors call it. */
export async function acquireRemote(
  channel: Channel,
  id: string,
  name: string,
  options: AcquireOptions,
  meter: Meter,
): Promise<Grant> {
  const { timeoutMs, signal } = options;
  const token = await during(meter, 'acquire', () =>
    channel.wait(codes.acquire, [id, timeoutMs], timeoutMs, meter, signal),
  );
  if (typeof token !== 'number' || token === 0) throw lockTimeout(name, timeoutMs);
  return {
    token,
    release: (releaseMeter) => during(releaseMeter, 'release', () => release(channel, id, name, releaseMeter)),
  };
}

async function release(channel: Channel, id: string, name: string, meter: Meter): Promise<void> {
  const held = await channel.call(codes.release, [id], meter);
  if (held !== true) throw new IpcbenchError('LOCK_LOST', `lock ${quoted(name)} had been released by another`);
}

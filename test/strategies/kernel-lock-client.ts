import { readFile } from 'node:fs/promises';
import type { FlockSlotsOptions } from '#src/strategies/locks/flock-slots.js';
import { openFlockSlots } from '#src/strategies/locks/flock-slots.js';
import { type KernelLockHandle, KernelSlotLocks } from '#src/strategies/locks/kernel-slot-locks.js';
import { openSharedMemorySlots } from '#src/strategies/locks/shared-memory-slots.js';

/** Which locks a test process opens. Plain data: it crosses to child processes. */
export type LockSetup = { directory: string; size: number } & LockChoice;
export type LockChoice =
  | { kind: 'flock'; options?: Partial<FlockSlotsOptions> }
  | { kind: 'shared-memory'; futexWaitv?: boolean };

export async function openLocks(setup: LockSetup): Promise<KernelSlotLocks> {
  const { directory, size } = setup;
  const slots =
    setup.kind === 'flock'
      ? await openFlockSlots({ directory, threads: 4, fencing: false, tidy: false, ...setup.options })
      : await openSharedMemorySlots({ directory, size, futexWaitv: setup.futexWaitv ?? true });
  return new KernelSlotLocks(slots, size);
}

/** What a test asks of a client process. */
export type Request =
  | { do: 'sections'; keys: string[][]; count: number; holdMs: number }
  | { do: 'sectionsUntilTold'; key: string; holdMs: number }
  | { do: 'stop' }
  | { do: 'acquire'; name: string; keys: string[]; timeoutMs: number }
  | { do: 'release'; name: string }
  | { do: 'readFiles'; count: number }
  | { do: 'startWaiting'; key: string }
  | { do: 'close' }
  | { do: 'exit' }
  | { do: 'endByItself' };

/** Entry and exit of a section on the machine's monotonic clock, in nanoseconds as text. */
export type Section = [from: string, to: string];
export type Answer = { failed: string } | { done: unknown };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs in a process of its own, one request after the other or many at once. */
export class LockClient {
  readonly #locks: KernelSlotLocks;
  readonly #held = new Map<string, KernelLockHandle>();
  #told = false;

  constructor(locks: KernelSlotLocks) {
    this.#locks = locks;
  }

  async answer(request: Request): Promise<unknown> {
    switch (request.do) {
      case 'sections':
        return this.#sections(request.keys, request.count, request.holdMs);
      case 'sectionsUntilTold':
        return this.#sectionsUntilTold(request.key, request.holdMs);
      case 'stop':
        this.#told = true;
        return undefined;
      case 'acquire': {
        const handle = await this.#locks.acquire(request.keys, { timeoutMs: request.timeoutMs });
        this.#held.set(request.name, handle);
        const { fencingToken, guards, previousHolderDied } = handle;
        return { fencingToken, guards, previousHolderDied };
      }
      case 'release':
        return this.#held.get(request.name)?.release();
      case 'readFiles':
        for (let turn = 0; turn < request.count; turn++) await readFile('/proc/self/stat');
        return undefined;
      case 'startWaiting':
        this.#locks.acquire([request.key], { timeoutMs: 600_000 }).catch(() => {});
        return undefined;
      case 'close':
        return this.#locks.close();
      case 'exit':
        return process.exit(0);
      case 'endByItself':
        return process.disconnect();
    }
  }

  async #sections(keys: string[][], count: number, holdMs: number): Promise<Section[]> {
    const sections: Section[] = [];
    for (let turn = 0; turn < count; turn++) {
      const handle = await this.#locks.acquire(keys[turn % keys.length] ?? [], { timeoutMs: 60_000 });
      const from = process.hrtime.bigint();
      await (holdMs > 0 ? sleep(holdMs) : new Promise((resolve) => setImmediate(resolve)));
      sections.push([String(from), String(process.hrtime.bigint())]);
      await handle.release();
    }
    return sections;
  }

  async #sectionsUntilTold(key: string, holdMs: number): Promise<Section[]> {
    const sections: Section[] = [];
    while (!this.#told) {
      sections.push(...(await this.#sections([[key]], 1, holdMs)));
      process.send?.({ sections: sections.length });
    }
    return sections;
  }
}

async function main(setup: LockSetup): Promise<void> {
  const client = new LockClient(await openLocks(setup));
  process.on('message', async ({ id, request }: { id: number; request: Request }) => {
    const answer = await client.answer(request).then(
      (done): Answer => ({ done }),
      (error): Answer => ({ failed: error?.code ?? String(error) }),
    );
    if (process.connected) process.send?.({ id, answer });
  });
  process.send?.({ ready: true });
}

/** Opens twice, and the second time does not wait for its thread to start. */
async function exitWhileOpening(setup: LockSetup, afterMs: number): Promise<void> {
  await openLocks(setup);
  void openLocks(setup);
  setTimeout(() => process.exit(0), afterMs);
}

const { LOCK_CLIENT, EXIT_AFTER_MS } = process.env;
if (LOCK_CLIENT !== undefined && EXIT_AFTER_MS !== undefined)
  await exitWhileOpening(JSON.parse(LOCK_CLIENT), Number(EXIT_AFTER_MS));
else if (LOCK_CLIENT !== undefined) await main(JSON.parse(LOCK_CLIENT));

import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a child may take to close what it has open once its parent is gone. */
const farewellMs = 1_000;

/**
 * Ties a child process to its parent: Ctrl-C is the parent's to handle (it reaches the whole process group), and when the parent is gone,
 * however it went, the child closes what it has open, removes the run's folder and ends.
 */
export function followParent(runDirectory: () => string | undefined, close: () => Promise<void>): void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => void leave(runDirectory(), close));
  process.on('disconnect', () => void leave(runDirectory(), close));
}

async function leave(directory: string | undefined, close: () => Promise<void>): Promise<never> {
  await Promise.race([close().catch(() => {}), sleep(farewellMs)]);
  if (directory !== undefined && !process.connected)
    await rm(directory, { recursive: true, force: true }).catch(() => {});
  process.exit(0);
}

/** Sends a message to the parent; resolves when it has been handed over, or the parent is gone. */
export function tellParent<M>(message: M): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, {}, () => resolve());
  });
}

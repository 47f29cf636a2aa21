import { dirname } from 'node:path';
import { messageOf } from '../errors.js';
import type { CoordinatorProgram, RunningCoordinator } from '../strategies/strategy.js';
import { followParent, tellParent } from './child-life.js';
import type { CoordinatorReply, CoordinatorStart } from './messages.js';

/** Entry of a coordinator's process: runs the one program it is told to, until its parent says stop or is gone. */

let running: RunningCoordinator | undefined;
let runDirectory: string | undefined;

followParent(
  () => runDirectory,
  async () => running?.close(),
);

process.on('message', (message: CoordinatorStart | { kind: 'stop' }) => {
  if (message.kind === 'stop') void stop();
  else void start(message);
});

async function start({ kind: _kind, plan, ...home }: CoordinatorStart): Promise<void> {
  runDirectory = dirname(home.directory);
  try {
    const { default: program } = (await import(plan.program)) as { default: CoordinatorProgram };
    running = await program({ name: plan.name, config: plan.config, ...home });
    const { address, pid = process.pid, stranger = { pid } } = running;
    await tell({ kind: 'listening', address, pid, sampledPid: stranger.pid });
  } catch (error) {
    await tell({ kind: 'failed', message: messageOf(error) });
    process.exit(1);
  }
}

async function stop(): Promise<void> {
  await running?.close().catch(() => {});
  process.exit(0);
}

const tell = (reply: CoordinatorReply): Promise<void> => tellParent(reply);

import { setTimeout as delay } from 'node:timers/promises';
import { readProcessStat } from '../../system/process-stat.js';
import { ownLoopbackPorts } from './inspector-port.js';
import { InspectorSession } from './inspector-session.js';
import { closeExpression } from './target-script.js';

/** How long a blocked loop is waited for. */
const patienceMs = 60_000;

/** Entry of the guardian process: `guardian.js <pid> <startTicks>`. */
async function main(pid: number, startTicks: number): Promise<void> {
  const before = ownLoopbackPorts(pid);
  process.stdout.write('ready\n');
  for await (const _ of process.stdin);
  const until = Date.now() + patienceMs;
  while (Date.now() < until && isStill(pid, startTicks)) {
    const port = ownLoopbackPorts(pid).find((each) => !before.includes(each));
    if (port !== undefined && (await closed(port))) return;
    await delay(500);
  }
}

function isStill(pid: number, startTicks: number): boolean {
  return readProcessStat(pid)?.startTicks === startTicks;
}

async function closed(port: number): Promise<boolean> {
  try {
    const session = await InspectorSession.connect(port);
    await session.evaluate(closeExpression).finally(() => session.close());
    return true;
  } catch {
    return false;
  }
}

await main(Number(process.argv[2]), Number(process.argv[3]));

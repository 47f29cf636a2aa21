import { setTimeout as delay } from 'node:timers/promises';
import { IpcbenchError, isIpcbenchError, systemCodeOf } from '../../errors.js';
import { readProc } from '../../system/proc-file.js';
import { isElsewhere } from '../namespaces.js';
import { identify, type ProcessIdentity } from '../process-identity.js';
import { kindOf } from '../process-kind.js';
import { Guardian } from './guardian-process.js';
import { inspectorSettings, isPortTaken, ownLoopbackPorts } from './inspector-port.js';
import { InspectorSession } from './inspector-session.js';
import { closeExpression, greetExpression } from './target-script.js';

/** SIGUSR1 as a bit of the masks in `/proc/<pid>/status`: signal(7), bit number minus one. */
const sigusr1 = 1n << 9n;
/** A fresh node needs some 130 ms before it catches the signal. */
const startUpMs = 1000;
const openingMs = 5000;
/** The closing goes on for ten turns of the target's loop, 20 ms apart, and must not meet the next opening. */
const closingMs = 300;
const attempts = 3;

/** A session with the inspector of a live Node process. */
export interface NodeAttachment {
  session: InspectorSession;
  port: number;
  /** Whether the inspector was open before; then it stays so. */
  wasOpen: boolean;
  /** Closes the inspector again, unless it was open before. Resolves to whether no port of it is left open. */
  detach(): Promise<boolean>;
}

/**
 * Opens the inspector of a running Node process and connects to it.
 * @throws IpcbenchError `UNAVAILABLE` that says why it can't be done, `NO_PROCESS` when it has gone
 */
export async function attachToNode(pid: number): Promise<NodeAttachment> {
  const identity = identify(pid);
  if (kindOf(identity, undefined).name !== 'node') refuse(pid, 'is not a Node process, and SIGUSR1 could end it');
  if (isElsewhere(pid, 'net'))
    refuse(
      pid,
      'is in another network namespace (a container): its inspector cannot be reached; run ipcbench in there',
    );
  const settings = inspectorSettings(pid);
  const before = ownLoopbackPorts(pid);
  const open = settings.open ? before : before.filter((port) => port === settings.port);
  for (const port of open) {
    const session = await tryConnect(port, identity);
    if (session !== undefined) return attachmentOf(session, port, pid, undefined);
  }
  if (settings.port !== 0 && isPortTaken(pid, settings.port))
    refuse(
      pid,
      `cannot open its inspector: port ${settings.port} is taken by another process; end that one, or start the target with --inspect-port=0`,
    );
  await waitUntilCaught(pid);
  const guardian = await Guardian.start(pid, identity.stat.startTicks);
  let signalled = false;
  try {
    for (let attempt = 1; ; attempt++) {
      signal(identity);
      signalled = true;
      const port = await newPort(pid, before);
      const session = await tryConnect(port, identity);
      if (session !== undefined) return attachmentOf(session, port, pid, guardian);
      if (attempt === attempts) refuse(pid, `opened port ${port}, but its inspector does not answer there`);
      await delay(closingMs);
    }
  } catch (error) {
    if (signalled) guardian.release();
    else guardian.dismiss();
    throw error;
  }
}

function refuse(pid: number, what: string): never {
  throw new IpcbenchError('UNAVAILABLE', `process ${pid} ${what}`);
}

/** SIGUSR1 ends a process that doesn't catch it. */
async function waitUntilCaught(pid: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
    if (mask !== undefined && (BigInt(`0x${mask}`) & sigusr1) !== 0n) return;
    if (waitedMs >= startUpMs)
      refuse(
        pid,
        'does not catch SIGUSR1, which would end it (--disable-sigusr1, or it is not a usual node); start it with --inspect-port=0 --inspect',
      );
    await delay(50);
  }
}

/** Makes sure once more, right before, that the pid is still the process that was looked at. */
function signal(identity: ProcessIdentity): void {
  const { pid } = identity;
  if (identify(pid).stat.startTicks !== identity.stat.startTicks)
    throw new IpcbenchError('NO_PROCESS', `process ${pid} has ended`);
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    if (systemCodeOf(error) === 'EPERM')
      refuse(pid, `belongs to ${identity.user}; run as ${identity.user} or as root to look into it`);
    throw new IpcbenchError('NO_PROCESS', `process ${pid} has ended`, { cause: error });
  }
}

async function newPort(pid: number, before: readonly number[]): Promise<number> {
  for (let waitedMs = 0; waitedMs < openingMs; waitedMs += 50) {
    const port = ownLoopbackPorts(pid).find((each) => !before.includes(each));
    if (port !== undefined) return port;
    await delay(50);
  }
  return refuse(
    pid,
    `did not open its inspector within ${openingMs / 1000} s: it has a SIGUSR1 handler of its own, or its loop is blocked`,
  );
}

/** Undefined when what listens there is no inspector, not that of this process, or closes at once. */
async function tryConnect(port: number, identity: ProcessIdentity): Promise<InspectorSession | undefined> {
  let session: InspectorSession | undefined;
  try {
    session = await InspectorSession.connect(port);
    const answered = await session.evaluate(greetExpression, openingMs);
    if (answered === identity.pid || answered === innermostPid(identity.pid)) return session;
  } catch (error) {
    if (!isIpcbenchError(error, 'UNAVAILABLE')) {
      session?.close();
      throw error;
    }
  }
  session?.close();
  return undefined;
}

/** The pid as the process itself sees it, in the innermost pid namespace: proc_pid_status(5), NSpid. */
function innermostPid(pid: number): number {
  return Number(/^NSpid:.*\s(\d+)$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1] ?? pid);
}

function attachmentOf(
  session: InspectorSession,
  port: number,
  pid: number,
  guardian: Guardian | undefined,
): NodeAttachment {
  const wasOpen = guardian === undefined;
  return {
    session,
    port,
    wasOpen,
    async detach() {
      if (!wasOpen) await session.evaluate(closeExpression).catch(() => undefined);
      session.close();
      const closed = wasOpen || (await isGone(pid, port));
      if (closed) guardian?.dismiss();
      else guardian?.release();
      return closed;
    },
  };
}

async function isGone(pid: number, port: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < openingMs; waitedMs += 50) {
    if (!ownLoopbackPorts(pid).includes(port)) return delay(closingMs, true);
    await delay(50);
  }
  return false;
}

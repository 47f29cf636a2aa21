import { readProc } from '../../system/proc-file.js';
import { argumentsOf } from '../process-identity.js';
import { listeningSockets } from '../sockets.js';

/** Where Node opens its inspector unless told otherwise. */
const usualPort = 9229;

/** What the arguments and NODE_OPTIONS of a Node process say about its inspector. */
export interface InspectorSettings {
  /** 0: whichever is free. */
  port: number;
  /** Whether it was started with the inspector open. */
  open: boolean;
}

export function inspectorSettings(pid: number): InspectorSettings {
  const environment = (readProc(`/proc/${pid}/environ`) ?? '').split('\0');
  const nodeOptions = environment.find((line) => line.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? '';
  const settings: InspectorSettings = { port: usualPort, open: false };
  for (const word of [...nodeOptions.split(/\s+/), ...argumentsOf(pid).slice(1)]) {
    const match = /^--(inspect|inspect-brk|inspect-wait|inspect-port|debug-port)(?:=(?:.*:)?(\d+))?$/.exec(word);
    if (match === null) continue;
    if (match[2] !== undefined) settings.port = Number(match[2]);
    if (match[1] !== 'inspect-port' && match[1] !== 'debug-port') settings.open = true;
  }
  return settings;
}

/** Ports on which the process itself listens on this machine's loopback. */
export function ownLoopbackPorts(pid: number): number[] {
  return (listeningSockets(pid) ?? [])
    .filter((socket) => socket.transport === 'tcp' && /^(127\.|\[::1\]|0\.0\.0\.0|\[::\])/.test(socket.address))
    .map((socket) => Number(socket.address.slice(socket.address.lastIndexOf(':') + 1)));
}

/** Whether anybody in the process' network namespace listens on a port that would keep it from 127.0.0.1. */
export function isPortTaken(pid: number, port: number): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['tcp', 'tcp6'].flatMap((table) => (readProc(`/proc/${pid}/net/${table}`) ?? '').split('\n'));
  return lines.some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${hexPort}`) && /^(0100007F|0+):/.test(local);
  });
}

import type { KeyObject } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { challengeKey, generatedSecret } from '../../measure/challenge.js';
import type { CoordinatorContext, CoordinatorProgram } from '../strategy.js';
import { type Gate, ProcessGate } from './gate.js';
import { openHosted } from './hosted.js';
import { listen } from './http-server.js';
import { IndexRecovery, type Recovery, ScanRecovery } from './recovery.js';
import { replicaStructures, SharedReplica } from './replica.js';
import { SharedGate } from './shared-gate.js';
import { SubmitHandler } from './submit-handler.js';

/** What a server is told when it is started. */
export interface ServerConfig {
  recovery: 'scan' | 'index';
  slots: number;
  waitMs: number;
  lookupMs: number;
  workMs: number;
  allotment: number;
  tiers: string[];
  /** Maps in the index. */
  size: number;
  /** Empty: that of generated traces. */
  secretFile: string;
  /** Name of the file, in the round's folder, that tells how to reach the locks of a shared gate; empty: a gate of its own. */
  gateFile: string;
  /** The same for the replica. */
  replicaFile: string;
  bodyBytesAtMost: number;
}

/** One process of the submit endpoint. */
const program: CoordinatorProgram = async (context) => {
  const { name, directory, secret, listen: where } = context;
  const config = context.config as unknown as ServerConfig;
  const challengeSecret =
    config.secretFile === '' ? generatedSecret : (await readFile(config.secretFile, 'utf8')).trim();
  const gate = await gateOf(config, context);
  const recovery = recoveryOf(config, challengeKey(challengeSecret));
  const replica = new SharedReplica(await openHosted(config.replicaFile, context, replicaStructures));
  const handler = new SubmitHandler({ gate, replica, recovery }, config);
  const { bodyBytesAtMost } = config;
  // Started again after it was killed, it is to be found where it was.
  const portFile = join(directory, `${name}.port`);
  const port = where?.port || Number(await readFile(portFile, 'utf8').catch(() => '0'));
  const host = where?.host ?? '127.0.0.1';
  const listening = await listen({
    handler,
    replica,
    secret,
    bodyBytesAtMost,
    host,
    port,
    gauges: () => recovery.gauges(),
  });
  await writeFile(portFile, String(listening.port), { mode: 0o600 });
  return {
    address: `tcp:${host}:${listening.port}`,
    close: async () => {
      await listening.close();
      await gate.close();
      await replica.close();
      await rm(portFile, { force: true });
    },
  };
};

async function gateOf({ slots, waitMs, gateFile }: ServerConfig, context: CoordinatorContext): Promise<Gate> {
  if (gateFile === '') return new ProcessGate(slots, waitMs);
  return new SharedGate(await openHosted(gateFile, context, []), slots, waitMs);
}

function recoveryOf({ recovery, allotment, size }: ServerConfig, key: KeyObject): Recovery {
  return recovery === 'scan' ? new ScanRecovery(key, allotment) : new IndexRecovery(key, allotment, size);
}

export default program;

import type { KeyObject } from 'node:crypto';
import { challengeKey } from '../../measure/challenge.js';
import type { CoordinatorContext, CoordinatorProgram } from '../strategy.js';
import { readChallengeSecret } from './challenge-secret.js';
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
  const { secret, listen: { host, port } = { host: '127.0.0.1', port: 0 } } = context;
  const config = context.config as unknown as ServerConfig;
  const challengeSecret = await readChallengeSecret(config.secretFile);
  const gate = await gateOf(config, context);
  const recovery = recoveryOf(config, challengeKey(challengeSecret));
  const replica = new SharedReplica(await openHosted(config.replicaFile, context, replicaStructures));
  const handler = new SubmitHandler({ gate, replica, recovery }, config);
  const { bodyBytesAtMost } = config;
  const listening = await listen({
    handler,
    replica,
    secret,
    bodyBytesAtMost,
    host,
    port,
    gauges: () => recovery.gauges(),
  });
  return {
    address: `tcp:${host}:${listening.port}`,
    close: async () => {
      await listening.close();
      await gate.close();
      await replica.close();
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

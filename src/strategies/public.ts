/**
 * `ipcbench/strategies`: the strategies as they run in the replay, for use in production, and the parts to build others from.
 * docs/strategies.md shows how.
 *
 * @example
 * // the process that keeps the locks
 * const served = await serveStrategy(lockPool, { directory, secret });
 * // every process that uses them
 * const session = await openSession(lockPool, { process: 'orders-1', addresses: served.addresses, directory, secret });
 * const handle = await session.locks.acquire(['account7/BTC'], { timeoutMs: 10_000 });
 * try { await session.state.set('positions', 'account7/BTC', position); } finally { await handle.release(); }
 */
export { IpcbenchError, isIpcbenchError } from '../errors.js';
export { allotmentName, challengeId, challengeKey, generatedSecret, isChallengeId } from '../measure/challenge.js';
export { default as combined } from './combined.js';
export { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
export { managerSession } from './coordinator/manager-session.js';
export { type RowForm, rowsOf } from './fan-out/miner-rows.js';
export { type StartedProcesses, startedProcesses } from './fan-out/started-processes.js';
export { default as fileLocks } from './file-locks.js';
export { default as keyedLocks } from './keyed-locks.js';
export { type OpenOptions, openSession, type ServedStrategy, type ServeOptions, serveStrategy } from './library.js';
export { default as localLockCache } from './local-lock-cache.js';
export { default as localPositionCache } from './local-position-cache.js';
export { default as lockPool } from './lock-pool.js';
export { type Grant, Holdings, releaseAll, takeAll } from './locks/lock-set.js';
export { default as managedDict } from './managed-dict.js';
export { during } from './metering.js';
export { default as multiManager } from './multi-manager.js';
export { default as redis } from './redis.js';
export { default as rpcServer } from './rpc-server.js';
export { openServed } from './served.js';
export { default as shardedDicts } from './sharded-dicts.js';
export { default as sharedMemory } from './shared-memory.js';
export { default as singleManager } from './single-manager.js';
export { ManagedState } from './state/managed-state.js';
export { RpcState } from './state/rpc-state.js';
export { stateOf, stateOption } from './state/state-option.js';
export { withoutSharedState } from './state/without-shared-state.js';
export * from './strategy.js';
export { default as submitIndex } from './submit-index.js';
export { default as submitScan } from './submit-scan.js';
export { default as twoTier } from './two-tier.js';
export { default as unlocked } from './unlocked.js';

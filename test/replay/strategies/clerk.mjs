// Answers submits at once: the sequence number is the one in the cid, "wrong" gets another, "full" is turned away, "late" times out.
import { defineStrategy, IpcbenchError, withoutSharedState } from 'ipcbench/strategies';

export default defineStrategy({
  name: 'clerk',
  summary: 'Answers submits in this process.',
  description: 'For tests of the harness: what a submit strategy answers, without a server.',
  options: {},
  capabilities: ['submit'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  coordinators: () => [],
  connect: async () => ({
    ...withoutSharedState,
    submits: {
      submit: async ({ cid, lagged }, { timeoutMs }, meter) => {
        if (cid === 'late') throw new IpcbenchError('TIMEOUT', `no answer within ${timeoutMs} ms`);
        if (cid === 'full') return { status: 429, seq: undefined, recovered: false };
        meter.figure('gateWaitMs', 2);
        const recovered = lagged;
        meter.count(recovered ? 'indexMisses' : 'indexHits');
        return { status: 200, seq: cid === 'wrong' ? 77 : Number(cid), recovered };
      },
      gauges: async () => ({ indexEntries: 3, indexBytes: 1024 }),
    },
    close: async () => {},
  }),
});

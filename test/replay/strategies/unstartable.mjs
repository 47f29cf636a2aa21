// Its sessions cannot be opened.
import { defineStrategy } from 'ipcbench/strategies';

export default defineStrategy({
  name: 'unstartable',
  summary: 'Cannot be connected to.',
  description: 'For tests of the harness: it fails when it is started.',
  options: {},
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async () => {
    throw new Error('no server at home');
  },
});

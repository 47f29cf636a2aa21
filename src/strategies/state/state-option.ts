import type { Channel } from '../coordinator/channel.js';
import type { State } from '../strategy.js';
import { ManagedState } from './managed-state.js';
import { RpcState } from './rpc-state.js';

/** The option by which lock strategies say how the state on their coordinators is reached. */
export const stateOption = {
  state: {
    type: 'choice',
    default: 'managed-dict',
    choices: ['managed-dict', 'rpc-server'],
    describe: 'how state is reached: managed-dict (whole values cross) or rpc-server (methods beside the data)',
  },
} as const;

export function stateOf(kind: 'managed-dict' | 'rpc-server', route: (structure: string) => Channel): State {
  return kind === 'rpc-server' ? new RpcState(route) : new ManagedState(route);
}

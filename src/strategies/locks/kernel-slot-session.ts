import { managerSession } from '../coordinator/manager-session.js';
import { stateOf } from '../state/state-option.js';
import type { Session, SessionContext } from '../strategy.js';
import { KernelSlotLocks } from './kernel-slot-locks.js';
import type { KernelSlots } from './kernel-slots.js';

type SessionOptions = { size: number; state: 'managed-dict' | 'rpc-server'; maxFrameBytes: number };

/** Joins locks that the kernel keeps with state that a coordinator keeps. */
export function kernelSlotSession(context: SessionContext<SessionOptions>, slots: KernelSlots): Promise<Session> {
  const { size, state } = context.options;
  const locks = new KernelSlotLocks(slots, size);
  return managerSession(context, (channels) => ({
    locks,
    state: stateOf(state, () => channels.to('manager')),
    close: () => locks.close(),
  }));
}

/** What the thread that opened the locks and the one that waits for it say to each other. */
export interface WaitThreadData {
  region: { address: bigint; lengthBytes: number; futexWord: number };
  /** See {@link COMMANDS}, {@link STOP} and {@link STATE}. */
  control: { address: bigint; lengthBytes: number };
  manyAllowed: boolean;
}

/** Word of the control memory that changes with every command, so that a sleeping thread sees them. */
export const COMMANDS = 0;
/** Word of the control memory that is 1 when the thread should call nothing any more. */
export const STOP = 1;
/** Word of the control memory that says what the thread is doing: one of `threadStates`. */
export const STATE = 2;

/** Waits for the turn of a ticket, and for the slot to be free then. */
export interface WaitCommand {
  slot: number;
  ticket: number;
}

/** `free`: the slot is free and it is this ticket's turn; the ticket may be a later one than was asked for. */
export type WaitReply = { kind: 'ready' } | ({ kind: 'free' } & WaitCommand);

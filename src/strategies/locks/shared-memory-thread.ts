import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openLibc } from '../../system/libc.js';
import { bindFutex, type Futex, MAX_WATCHED, type Watched } from './libc-futex.js';
import { wordsAt } from './libc-mmap.js';
import {
  COMMANDS,
  STATE,
  STOP,
  type WaitCommand,
  type WaitReply,
  type WaitThreadData,
} from './shared-memory-protocol.js';
import { SlotTurns } from './shared-memory-turns.js';
import { threadStates } from './waiting-thread.js';

/** How long a free slot may be left alone by the process whose turn it is (dead, stopped or busy) before its turn is over. */
const IDLE_TURN_MS = 50;
/** Where not every word can be watched, one has to look. */
const POLL_MS = 1;

interface Wait extends WaitCommand {
  /** Since when the slot has been free in the turn of another ticket. */
  idle?: { turn: number; sinceMs: number };
}

/** Sleeps in the kernel for as many slots as are wanted, on behalf of a thread that must not block. It never takes a lock itself. */
class WaitThread {
  readonly #port: MessagePort;
  readonly #turns: SlotTurns;
  readonly #futex: Futex;
  readonly #control: Int32Array;
  readonly #controlAddress: bigint;
  #waits: Wait[] = [];

  constructor(port: MessagePort, turns: SlotTurns, futex: Futex, control: Int32Array, controlAddress: bigint) {
    this.#port = port;
    this.#turns = turns;
    this.#futex = futex;
    this.#control = control;
    this.#controlAddress = controlAddress;
  }

  /** Returns to the event loop once nothing is waited for. */
  run(first: WaitCommand): void {
    this.#waits.push(first);
    this.enter(threadStates.inCall);
    while (this.#waits.length > 0 && Atomics.load(this.#control, STOP) === 0) {
      const expected = Atomics.load(this.#control, COMMANDS);
      for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
        this.#waits.push(got.message);
      }
      const watched = this.#look();
      if (this.#waits.length > 0) this.#sleep({ address: this.#controlAddress, expected }, watched);
    }
    this.enter(threadStates.idle);
  }

  enter(state: number): void {
    Atomics.store(this.#control, STATE, state);
  }

  /** Reports what has become free; the words of all others are what to sleep on. */
  #look(): Watched[] {
    const watched: Watched[] = [];
    this.#waits = this.#waits.filter((wait) => {
      let sight = this.#turns.look(wait.slot, wait.ticket);
      if (sight.kind === 'passed') {
        wait.ticket = this.#turns.draw(wait.slot);
        sight = this.#turns.look(wait.slot, wait.ticket);
      }
      if (sight.kind === 'free') {
        this.#port.postMessage({ kind: 'free', slot: wait.slot, ticket: wait.ticket } satisfies WaitReply);
        return false;
      }
      if (sight.kind === 'wait') {
        watched.push(sight.word);
        this.#endIdleTurn(wait, sight.idleTurn);
      }
      return true;
    });
    return watched;
  }

  #endIdleTurn(wait: Wait, turn: number | undefined): void {
    if (turn === undefined) delete wait.idle;
    else if (wait.idle?.turn !== turn) wait.idle = { turn, sinceMs: performance.now() };
    else if (performance.now() - wait.idle.sinceMs >= IDLE_TURN_MS) this.#turns.advance(wait.slot, turn);
  }

  #sleep(command: Watched, watched: readonly Watched[]): void {
    const all = this.#futex.watchesMany && watched.length < MAX_WATCHED;
    this.#futex.sleepOnAny([command, ...watched.slice(0, MAX_WATCHED - 1)], all ? IDLE_TURN_MS : POLL_MS);
  }
}

async function serve(port: MessagePort, { region, control, manyAllowed }: WaitThreadData): Promise<void> {
  const libc = await openLibc();
  const futex = bindFutex(libc, manyAllowed);
  const words = wordsAt(libc, region.address, region.lengthBytes);
  const turns = new SlotTurns(words, region.address, region.futexWord, futex);
  const controlWords = wordsAt(libc, control.address, control.lengthBytes);
  const thread = new WaitThread(port, turns, futex, controlWords, control.address);
  port.on('message', (command: WaitCommand) => thread.run(command));
  thread.enter(threadStates.idle);
  port.postMessage({ kind: 'ready' } satisfies WaitReply);
}

if (parentPort !== null) await serve(parentPort, workerData as WaitThreadData);

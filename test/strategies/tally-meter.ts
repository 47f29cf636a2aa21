import type { Phase } from '#src/measure/result.js';
import type { Meter } from '#src/strategies/strategy.js';

/** Adds up what a strategy reports. */
export class TallyMeter implements Meter {
  phase: Phase = 'other';
  readonly phases = new Set<Phase>();
  calls = 0;
  connections = 0;
  messages = 0;
  created = 0;
  callBytesSent = 0;
  callBytesReceived = 0;

  enter(phase: Phase): Phase {
    const left = this.phase;
    this.phase = phase;
    if (phase !== 'other') this.phases.add(phase);
    return left;
  }

  call(bytesSent: number, bytesReceived: number): void {
    this.calls++;
    this.messages += 2;
    this.callBytesSent += bytesSent;
    this.callBytesReceived += bytesReceived;
  }

  connection(messages: number): void {
    this.connections++;
    this.messages += messages;
  }

  lockCreated(): void {
    this.created++;
  }
}

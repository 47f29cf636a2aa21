import { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { addReplayOptions, type ReplayFlags, readFlags } from './replay/flags.js';
import { runReplay } from './replay/run.js';

/** `ipcbench replay <trace>`: replays a trace on each strategy and tells how it went. */
const factory: CommandFactory = (context) => {
  const command = new Command('replay')
    .description(
      'replays a recorded trace on each strategy, in real processes at the recorded times, and compares them',
    )
    .argument('<trace...>', 'trace files, plain or gzip; - for standard input');
  addReplayOptions(command);
  return command
    .addHelpText(
      'after',
      `
Examples:
  ipcbench replay fixtures/orders-incident.jsonl --strategy single-manager --strategy lock-pool
  ipcbench replay trace.jsonl.gz --strategy all --rounds 3 --report new.json
  ipcbench replay trace.jsonl --strategy single-manager --profile --cpu --html run.html
  ipcbench replay fixtures/submits-lagged.jsonl --strategy submit-scan --strategy submit-index
  ipcbench replay trace.jsonl --strategy lock-pool:size=64 --fail-on '[lock-pool:size=64]order.p99>0.5x' --require-safe
  ipcbench replay trace.jsonl --strategy single-manager --duration 10s --clinic flame
  ipcbench replay trace.jsonl --strategy lock-pool --shard 1/2 --start-at 2026-11-21T05:30:00Z --join served.json --report shard-1.json

Exit codes: 0 measured · 1 a condition failed or something is unsafe under --require-safe · 2 wrong usage or bad input ·
3 could not measure · 4 a condition could not be decided · 130 interrupted`,
    )
    .action(async (traces: string[], flags: ReplayFlags) => {
      await runReplay(context, readFlags(traces, flags, context.env));
    });
};

export default factory;

import { type Command, Option } from 'commander';
import type { ReplayOptions } from '../../replay/replay.js';
import { parseShard, type Sharding, shardings } from '../../replay/shard.js';
import { parseStartTime } from '../../replay/start-time.js';

/** What the command line says of copies that replay one trace together. */
export interface ShardFlags {
  shard?: string;
  shardBy?: Sharding;
  startAt?: string;
  join: string[];
  secretFile?: string;
}

export function addShardOptions(command: Command): void {
  command
    .option('--shard <i/n>', 'replay one part of the trace, such as 2/8; `ipcbench report` merges what all parts wrote')
    .addOption(
      new Option(
        '--shard-by <what>',
        'group: processes that lock the same keys stay together (default); process: they may be in several shards',
      ).choices(shardings),
    )
    .option(
      '--start-at <time>',
      'when the measured part starts, the same in all copies: 2026-11-21T05:30:00Z, seconds since 1970, or +30s',
    )
    .option(
      '--join <where>',
      'use coordinators that `ipcbench serve` runs: the file it named, or name=tcp:host:port for each; may be repeated',
      (value: string, earlier: string[]) => [...earlier, value],
      [],
    )
    .option('--secret-file <file>', 'with --join name=…: the secret that serve was given');
}

/** The rules they break together with the others, in words. */
export function shardContradictions(
  flags: ShardFlags & {
    strategy: readonly string[];
    rounds: number;
    warmup?: number;
    sweep?: string;
    fault: readonly string[];
    against: readonly string[];
    failOn: readonly string[];
  },
  traces: readonly string[],
): string[] {
  const { shard, shardBy, startAt, join, secretFile, strategy, rounds } = flags;
  const [joins, starts, sharded] = [join.length > 0, startAt !== undefined, shard !== undefined];
  const once = strategy.length === 1 && strategy[0] !== 'all' && rounds === 1 && traces.length === 1;
  const rules: [boolean, string][] = [
    [!sharded && shardBy !== undefined, '--shard-by says how --shard i/n splits: give both'],
    [
      (joins || starts) && (!once || flags.sweep !== undefined),
      `${joins ? '--join' : '--start-at'} is for one round of one strategy on one trace: name it with --strategy, and replay again for more`,
    ],
    [
      starts && flags.warmup !== undefined,
      '--start-at and --warmup do not go together: every copy would take its own time to drain',
    ],
    [
      joins && sharded && !starts,
      '--join with --shard needs --start-at: shard 1 fills the structures before all of them begin',
    ],
    [!joins && secretFile !== undefined, '--secret-file is for --join name=tcp:host:port'],
    [
      joins && flags.fault.some((fault) => fault.startsWith('restart-coordinator')),
      '--fault restart-coordinator is not for coordinators that were joined: end and start them where they run',
    ],
    [
      sharded && flags.against.length > 0,
      '--against compares whole runs: merge the shards with `ipcbench report`, then compare',
    ],
    [
      sharded && flags.failOn.length > 0,
      '--fail-on judges whole runs: give it to `ipcbench report`, with the reports of all shards',
    ],
    [sharded && flags.sweep !== undefined, '--sweep and --shard do not go together'],
  ];
  return rules.filter(([broken]) => broken).map(([, text]) => text);
}

/** @throws IpcbenchError `BAD_OPTION` */
export function readShardFlags({
  shard,
  shardBy,
  startAt,
  join,
  secretFile,
}: ShardFlags): Pick<ReplayOptions, 'shard' | 'startAtMs' | 'join' | 'secretFile'> {
  return {
    ...(shard === undefined ? {} : { shard: parseShard(shard, shardBy ?? 'group') }),
    ...(startAt === undefined ? {} : { startAtMs: parseStartTime(startAt, Date.now()) }),
    ...(join.length === 0 ? {} : { join }),
    ...(secretFile === undefined ? {} : { secretFile }),
  };
}

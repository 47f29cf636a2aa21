import { Command, Option } from 'commander';
import type { CommandFactory } from '../context.js';
import { IpcbenchError } from '../errors.js';
import { clinicToolNames } from '../monitor/clinic/tool.js';
import { profileCommand, readClinicOptions } from './profile/clinic.js';
import { profileFile } from './profile/from-file.js';
import { profileLive } from './profile/live.js';
import { checkOptions, defaultOverloaded, defaultSevere, pidOf, type RawOptions } from './profile/options.js';

const examples = `
Examples:
  ipcbench profile $(pgrep -o redis-server) --duration 10s --fail-on overloaded
  ipcbench profile 4711 --cpu --html profile.html
  ipcbench profile --from old.cpuprofile --html flame.html
  ipcbench profile --clinic doctor -- node server.js

Exit codes: 0 watched (also after Ctrl-C) · 1 a condition is true · 2 wrong usage · 3 could not be watched · 4 a condition could not be decided`;

/** `ipcbench profile <pid>`: watches a live process, or reads a profile that someone has. */
const factory: CommandFactory = (context) =>
  new Command('profile')
    .description('watches a live process: how busy it is, why, and what to try')
    .argument('[pid...]', 'the process to watch; with --clinic, after --, a node command to start')
    .option(
      '--duration <time>',
      'how long to watch (default: 10s; on a terminal and with --clinic until it ends, or Ctrl-C)',
    )
    .option('--interval <time>', 'how often to sample', '100ms')
    .option('--children', 'watch its descendants too')
    .option('--cpu', 'take a CPU profile: a Node process by its inspector, Python by py-spy, others by perf')
    .option('--cpu-out <file>', 'where the CPU profile goes (default: ipcbench-<pid>.cpuprofile)')
    .option('--from <file>', 'read a .cpuprofile, speedscope, collapsed or perf script file instead of watching')
    .option('--overloaded <percent>', 'CPU of one core from which on it is overloaded', defaultOverloaded)
    .option('--severe <percent>', 'CPU of one core from which on it is severely bottlenecked', defaultSevere)
    .option(
      '--fail-on <condition>',
      'exit 1 when true: cpu>80%, rss>1GB, overloaded, severe, starved, saturated (repeatable)',
      collect,
    )
    .option('--format <format>', 'table, json or markdown on stdout', 'table')
    .option('--html <file>', 'a page with the time series and, of a CPU profile, the flame graph')
    .addOption(
      new Option(
        '--clinic <tool>',
        "start a node command with one of clinic's tools in it, and write its page",
      ).choices(clinicToolNames),
    )
    .option('--clinic-out <folder>', 'with --clinic: where the page goes (default: ipcbench-clinic)')
    .option('--clinic-keep', 'with --clinic: keep what was recorded beside the page')
    .addHelpText('after', examples)
    .action(async (words: string[], raw: RawOptions, command: Command) => {
      const options = checkOptions(raw);
      const clinic = readClinicOptions(raw, options.durationMs, command);
      const [pid, ...more] = words;
      if (clinic !== undefined) await profileCommand(context, words, clinic);
      else if (raw.from !== undefined && pid === undefined) profileFile(context, raw.from, options);
      else if (pid !== undefined && raw.from === undefined && more.length === 0)
        await profileLive(context, pidOf(pid), options);
      else throw new IpcbenchError('USAGE', 'profile wants one process id, or --from <file>, and not both');
    });

export default factory;

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

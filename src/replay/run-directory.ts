import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcessStat } from '../system/process-stat.js';

/** Private folder (0700) of one run, with the processes that live off it. Whoever ends the run, and however, nothing is left behind. */
export interface RunDirectory {
  readonly path: string;
  /** Makes a private folder inside. */
  make(name: string): string;
  /** Names a process of this run, to be ended should the run be killed, along with its process group if it leads one. */
  adopt(pid: number): void;
  forget(pid: number): void;
  /** Ends an adopted process that is still there (a server whose starter is gone), and forgets it. */
  endAdopted(pid: number): void;
  /** Removes everything. May be called twice. */
  remove(): void;
}

const prefix = 'ipcbench-';
const ownerFile = 'owner';

/**
 * Outlives its parent by some seconds and then removes what it left: reads "+pid:starttime", "-pid:starttime" and "done" from its standard
 * input, whose end means that the parent is gone. A shell takes 1 MB where another Node process would take 40.
 */
const janitorScript = `
dir=$1 pids=
while IFS= read -r line; do
  case $line in
    done) exit 0 ;;
    +*) pids="$pids \${line#+}" ;;
    -*) rest=; for p in $pids; do [ "$p" = "\${line#-}" ] || rest="$rest $p"; done; pids=$rest ;;
  esac
done
sleep 2
for p in $pids; do
  stat=$(cat "/proc/\${p%:*}/stat" 2>/dev/null) || continue
  set -- \${stat##*) }
  [ "$3" = "\${p%:*}" ] && whom="-\${p%:*}" || whom=\${p%:*}
  shift 19
  [ "$1" = "\${p#*:}" ] && kill -s KILL -- "$whom" 2>/dev/null
done
sleep 1
rm -rf -- "$dir"
`;

export function createRunDirectory(): RunDirectory {
  sweepAbandoned();
  const path = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(path, ownerFile), `${process.pid}:${startTimeOf(process.pid)}`, { mode: 0o600 });
  const janitor = spawn('sh', ['-c', janitorScript, 'sh', path], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  janitor.unref();
  janitor.on('error', () => {});
  janitor.stdin?.on('error', () => {});
  const tell = (line: string): void => void janitor.stdin?.write(`${line}\n`);
  const names = new Map<number, string>();
  const forget = (pid: number): void => {
    tell(`-${names.get(pid)}`);
    names.delete(pid);
  };
  return {
    path,
    make: (name) => {
      const made = join(path, name);
      mkdirSync(made, { mode: 0o700 });
      return made;
    },
    adopt: (pid) => {
      names.set(pid, `${pid}:${startTimeOf(pid)}`);
      tell(`+${names.get(pid)}`);
    },
    forget,
    endAdopted: (pid) => {
      const name = names.get(pid);
      forget(pid);
      if (name !== undefined && name === `${pid}:${startTimeOf(pid)}`) process.kill(pid, 'SIGTERM');
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      dismiss(janitor);
    },
  };
}

function dismiss(janitor: ChildProcess): void {
  if (janitor.stdin?.writable === true) janitor.stdin.end('done\n');
}

/** Removes folders whose owner is gone: a machine that lost power leaves no janitor either. */
function sweepAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    try {
      const [pid = '', startTime] = readFileSync(join(path, ownerFile), 'utf8').split(':');
      if (startTimeOf(Number(pid)) !== startTime) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another user's, or not ours: leave it.
    }
  }
}

/** When a process started, in clock ticks since boot; with its pid it names a process for good. */
function startTimeOf(pid: number): string | undefined {
  return readProcessStat(pid)?.startTicks.toString();
}

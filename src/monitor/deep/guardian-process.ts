import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A small process that outlives this one: should this one be killed, or give up on a target whose loop is blocked, it waits for the
 * target's inspector to open and closes it again. It learns of this process' end by the end of its standard input.
 */
export class Guardian {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `startTicks` tells the target from a later process of the same number. */
  static async start(pid: number, startTicks: number): Promise<Guardian> {
    const program = fileURLToPath(new URL('./guardian.js', import.meta.url));
    const child = spawn(process.execPath, [program, String(pid), String(startTicks)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    if (child.stdout !== null) await once(child.stdout, 'data');
    child.stdout?.destroy();
    child.unref();
    return new Guardian(child);
  }

  /** The inspector is closed: nothing is left to guard. */
  dismiss(): void {
    this.#child.kill('SIGKILL');
  }

  /** Leaves it to the guardian to close the inspector. */
  release(): void {
    this.#child.stdin?.end();
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromPoolWorker, ToPoolWorker } from './pool-messages.js';
import { tellingLine } from './telling-line.js';

/** One worker process of a pool. */
export interface PoolProcess {
  /** 0 when it could not even be started. */
  readonly pid: number;
  send(message: ToPoolWorker): void;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it has ended, with how it did, in words; never rejects. */
  readonly exited: Promise<string>;
}

/** A stack of V8's follows the line that tells. */
const stderrKept = 8_000;
/** What was written before the end is there at once, unless somebody else holds on to the pipe. */
const lastWordsWithinMs = 5_000;

/** Starts a worker; messages are carried in V8's serialisation, of which bytes are a part. */
export function startPoolProcess(onMessage: (message: FromPoolWorker) => void): PoolProcess {
  const child = fork(fileURLToPath(new URL('./pool-worker.js', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrKept);
  });
  child.on('message', onMessage);
  return {
    pid: child.pid ?? 0,
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
    kill: (signal) => void child.kill(signal),
    exited: exitOf(child, () => stderr),
  };
}

function exitOf(child: ChildProcess, stderr: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      const tell = (): void => {
        clearTimeout(patience);
        const line = tellingLine(stderr());
        resolve(line === undefined ? how : `${how} (${line})`);
      };
      const patience = setTimeout(tell, lastWordsWithinMs);
      // Only now all that it wrote and said has been read.
      child.once('close', tell);
    });
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
    });
  });
}

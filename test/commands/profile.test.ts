import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Profile } from '#src/measure/profile.js';
import { busyNode, idleNode, startNode } from '../monitor/target.js';

const program = fileURLToPath(new URL('../../../bin/ipcbench.js', import.meta.url));

/** Runs `ipcbench profile` without a terminal; `onStderr` sees what it says while it runs. */
async function profile(args: readonly (string | number)[], onStderr?: (pid: number, said: string) => void) {
  const child = spawn(process.execPath, [program, 'profile', ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
    onStderr?.(child.pid ?? 0, stderr);
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { stdout, stderr, code: code as number };
}

describe('ipcbench profile', { concurrency: 3 }, () => {
  test('a busy process fails a condition with exit code 1, in JSON, with a line a second on stderr', async (t: TestContext) => {
    const target = await startNode(t, busyNode);
    const { stdout, stderr, code } = await profile([
      target.pid,
      '--duration',
      '2200ms',
      '--format',
      'json',
      '--fail-on',
      'cpu>1%',
    ]);
    const answer: Profile = JSON.parse(stdout);
    assert.equal(answer.schema, 'ipcbench.profile/1');
    assert.equal(answer.processes[0]?.pid, target.pid);
    assert.equal(code, 1);
    assert.match(stderr, /^\d+ s: \d+ \w+ CPU .* run-queue wait .*\n/);
    assert.match(stderr, /failed: cpu>1%/);
  });

  test('an idle process passes, and the table has the verdict in words', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    const { stdout, code } = await profile([
      target.pid,
      '--duration',
      '1200ms',
      '--fail-on',
      'overloaded',
      '--children',
    ]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^process ${target.pid}: `));
    assert.match(stdout, /Verdict: healthy: one thread/);
    assert.ok(!stdout.includes('\u001b'), 'no colours where there is no terminal');
  });

  test('Markdown has a table row for the process', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    const { stdout, code } = await profile([target.pid, '--duration', '1200ms', '--format', 'markdown']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^\\*\\*healthy\\*\\*: [\\s\\S]*\\| ${target.pid} \\| node`));
  });

  test('Ctrl-C ends a watch normally, with the summary', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    let sent = false;
    const { stdout, code } = await profile([target.pid, '--duration', '10min'], (pid, said) => {
      // Three lines are more than the second that a verdict needs, however late the first came.
      if (sent || said.split(' s: ').length < 4) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    });
    assert.equal(code, 0);
    assert.match(stdout, /Verdict: healthy/);
  });

  test('a process that does not exist ends with 3 and one line', async () => {
    const { stdout, stderr, code } = await profile([2 ** 22 + 1]);
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.equal(stderr, 'ipcbench: there is no process 4194305; look for it with pgrep or ps\n');
  });

  test('all faults in the options are told at once, with exit code 2', async () => {
    const { stderr, code } = await profile([
      1,
      '--duration',
      'x',
      '--interval',
      '1ms',
      '--overloaded',
      '200',
      '--format',
      'xml',
      '--fail-on',
      'p99>1ms',
    ]);
    assert.equal(code, 2);
    for (const fault of ['--duration x', '--interval 1ms', '--overloaded 200', '--format xml', 'p99>1ms'])
      assert.ok(stderr.includes(fault), `${fault} in ${stderr}`);
  });

  for (const args of [['no-number'], ['1', '--unknown'], []]) {
    test(`the arguments "${args.join(' ')}" are wrong usage`, async () => {
      assert.equal((await profile(args)).code, 2);
    });
  }

  /** Runs a command on a pseudo-terminal, types `q` once the live table shows, and prints what the terminal got and the exit code. */
  const terminal = `
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
def give_up(*_): os.kill(pid, signal.SIGKILL)
signal.signal(signal.SIGALRM, give_up)
signal.alarm(60)
seen, typed = b'', False
while True:
    try: chunk = os.read(terminal, 65536)
    except OSError: break
    if not chunk: break
    seen += chunk
    if not typed and seen.count(b'q ends') >= 2:
        typed = True
        os.write(terminal, b'q')
sys.stdout.buffer.write(seen)
print('EXIT', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

  test('on a terminal the table is redrawn in place until q ends it', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    const child = spawn('python3', ['-c', terminal, process.execPath, program, 'profile', String(target.pid)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen = await text(child.stdout);
    assert.match(seen, /EXIT 0/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
    assert.match(seen, /\u001b\[\d+A/);
    assert.match(seen, /busiest thread/);
    assert.match(seen, /Verdict: /);
    assert.ok(seen.lastIndexOf('\u001b[?25h') > seen.lastIndexOf('\u001b[?25l'), 'the cursor is back');
  });
});

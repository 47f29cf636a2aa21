// Installs Debian packages that tests need and that are missing: `node scripts/ensure-debian.mjs redis-server [package:program …]`.
// Never asks, never starts a service. Where it can't install it says so in one line, which is an error only where CI is set:
// elsewhere the tests that need the program are left out, and say so.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Asked by Debian's maintainer scripts before they start a service; 101 forbids it (invoke-rc.d(8)). */
const policyFile = '/usr/sbin/policy-rc.d';

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function aptGet(...args) {
  const { status, stderr } = spawnSync('apt-get', ['-q', '-y', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return status === 0 ? undefined : (stderr ?? '').trim().split('\n').at(-1) || `apt-get ended with ${status}`;
}

function withoutServices(work) {
  const forbid = !existsSync(policyFile);
  if (forbid) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    if (forbid) rmSync(policyFile);
  }
}

function install(packages) {
  const wanted = ['install', '--no-install-recommends', ...packages];
  // A fresh machine has no package lists; a machine that has them needs no update.
  return withoutServices(() => aptGet(...wanted) && (aptGet('update') ?? aptGet(...wanted)));
}

function whyNot() {
  if (!onPath('apt-get')) return 'there is no apt-get here';
  return process.getuid?.() === 0 ? undefined : 'only root can';
}

const wanted = process.argv.slice(2).map((argument) => argument.split(':'));
const missing = wanted.filter(([name, program = name]) => !onPath(program)).map(([name]) => name);
if (missing.length > 0) {
  const reason = whyNot() ?? install(missing);
  if (reason) {
    const advice = `install it yourself (sudo apt-get install -y ${missing.join(' ')})`;
    process.stderr.write(`${missing.join(', ')} is missing and could not be installed (${reason}): ${advice}\n`);
    process.exitCode = process.env.CI ? 1 : 0;
  }
}

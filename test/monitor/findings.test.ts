import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PercentSummary } from '#src/measure/result.js';
import { findingsOf, type Measured } from '#src/monitor/findings.js';
import { defaultThresholds } from '#src/monitor/verdict.js';

const flat = (percent: number): PercentSummary => ({ mean: percent, p95: percent, max: percent });

function measured(change: Partial<Measured> & { cpu?: number; wait?: number }): Measured {
  const { cpu = 97, wait = 3, ...rest } = change;
  return {
    pid: 7,
    parentPid: 1,
    name: 'server',
    command: 'server',
    kind: { name: 'node', runtime: 'threads', because: 'its executable is node' },
    state: 'running',
    measuredMs: 60_000,
    cpuPercent: flat(cpu),
    userPercent: cpu,
    systemPercent: 0,
    busiestThread: { id: 8, name: 'loop' },
    busiestThreadPercent: flat(cpu),
    runQueueWaitPercent: flat(wait),
    rssBytes: { first: 1e8, last: 1e8, max: 1e8, growthPerMinute: 0 },
    threads: { last: 5, max: 5 },
    listeners: [{ transport: 'unix', address: '/x', connections: 214, queued: { last: 0, max: 0 } }],
    unreadable: [],
    verdict: 'severe',
    saturated: true,
    series: Array.from({ length: 60 }, (_, second) => {
      const percent = second < 2 ? 10 : cpu;
      return { second, cpuPercent: percent, busiestThreadPercent: percent, runQueueWaitPercent: wait, rssBytes: 1e8 };
    }),
    ...rest,
  };
}

const textOf = (process: Measured): string => findingsOf(process, defaultThresholds).reasons.join('; ');
const adviceOf = (process: Measured): string => findingsOf(process, defaultThresholds).advice.join('; ');

test('a severely bottlenecked process is told in one sentence', () => {
  assert.equal(
    textOf(measured({})),
    'one thread (loop, 8) used 97 % of a core; over 80 % in 58 of 60 s; run-queue wait 3.0 %: it is busy, not starved; 214 connections',
  );
  assert.match(adviceOf(measured({})), /ipcbench profile 7 --cpu.*ipcbench replay/);
});

test('a starved process blames the machine and never reads as having room', () => {
  const starved = measured({ cpu: 30, wait: 40, verdict: 'starved' });
  assert.match(textOf(starved), /run-queue wait 40 %: the machine is contended/);
  assert.match(adviceOf(starved), /give it a core/);
});

test('a healthy process has room and needs no advice', () => {
  const healthy = measured({ cpu: 5, wait: 1, verdict: 'healthy', saturated: false });
  assert.match(textOf(healthy), /it has room/);
  assert.equal(adviceOf(healthy), '');
});

test('a multiprocessing manager is told about its threads together, and about lock proxies', () => {
  const kind = {
    name: 'python',
    runtime: 'interpreter-lock',
    because: 'its executable is python3',
    manager: { certainty: 'certain', because: 'it listens on /tmp/pymp-x/listener-y' },
  } as const;
  assert.match(textOf(measured({ kind })), /tied by the interpreter lock/);
  assert.match(adviceOf(measured({ kind })), /lock-pool/);
});

test('what waits to be accepted, a CPU limit and growing memory each are a reason', () => {
  const process = measured({
    listeners: [{ transport: 'tcp', address: '127.0.0.1:1', connections: 1, queued: { last: 0, max: 9 } }],
    cgroup: { limitCores: 0.5, throttledMs: 12_000, throttledPeriods: 100 },
    rssBytes: { first: 1e8, last: 1.5e8, max: 1.5e8, growthPerMinute: 5e7 },
  });
  const text = textOf(process);
  assert.match(text, /1 connection, 9 waiting to be accepted/);
  assert.match(text, /may use 0.5 cores and was held back for 20 % of the time/);
  assert.match(text, /grew from 100 MB to 150 MB \(50 MB a minute\)/);
  assert.match(adviceOf(process), /raise the CPU limit.*keep connections open/);
});

test('what Redis says of itself is part of the reasons', () => {
  const redis = {
    address: '/x',
    version: '7',
    commandsPerSecond: 1234,
    connectedClients: 3,
    blockedClients: 1,
    usedMemoryBytes: 1,
    commands: [{ name: 'hgetall', calls: 10, totalMs: 900, meanUs: 90_000 }],
    slow: [{ command: 'HGETALL x', ms: 90 }],
  };
  assert.match(
    textOf(measured({ redis })),
    /1234 commands\/s from 3 clients, 1 blocked, most of its time in hgetall \(900 ms in 10 calls\), 1 in the slow log/,
  );
});

test('run-queue wait that cannot be read is said to be unknown', () => {
  const { runQueueWaitPercent: _, ...rest } = measured({});
  assert.match(textOf(rest), /how long it waits for a core is not known here/);
});

test('too short a watch says so and judges nothing', () => {
  assert.deepEqual(findingsOf(measured({ verdict: 'unknown' }), defaultThresholds), {
    reasons: ['it was watched for under a second, which is too little to judge'],
    advice: [],
  });
});

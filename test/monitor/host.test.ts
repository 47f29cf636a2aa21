import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hostState } from '#src/monitor/host.js';
import { readKernelConstants } from '#src/system/kernel-constants.js';

test('the state of the host names its processor, and its counters go on from the state before', async () => {
  const first = hostState();
  assert.ok(first.cpuModel.length > 0 && first.cpus >= 1 && first.memoryBytes > 1e6);
  assert.ok(first.stealPercent >= 0 && first.stealPercent <= 100);
  while (hostState().counters.allTicks <= first.counters.allTicks) await delay(20);
  const second = hostState(first);
  assert.ok(second.counters.allTicks > first.counters.allTicks);
  assert.ok(second.stealPercent >= 0 && second.stealPercent <= 100);
  assert.ok(second.throttledMs >= 0);
});

test('pages and ticks have the sizes that the kernel gives', () => {
  const { pageBytes, tickNs } = readKernelConstants();
  assert.ok([4096, 16384, 65536].includes(pageBytes));
  assert.ok([1e6, 1e9 / 250, 1e7].includes(tickNs));
});

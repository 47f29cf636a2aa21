import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStartTime } from '#src/replay/start-time.js';

const now = Date.UTC(2026, 10, 21, 5, 30, 0);

const good: [text: string, atMs: number][] = [
  ['2026-11-21T05:30:10Z', now + 10_000],
  ['2026-11-21T05:30:10.250Z', now + 10_250],
  ['2026-11-21T06:31+01:00', now + 60_000],
  ['+30s', now + 30_000],
  ['+2m', now + 120_000],
  [String((now + 5_000) / 1000), now + 5_000],
  [String(now + 5_000), now + 5_000],
];
for (const [text, atMs] of good)
  test(`${text} is read as a time to come`, () => assert.equal(parseStartTime(text, now), atMs));

const bad: [text: string, message: RegExp][] = [
  ['2026-11-21T05:29:57Z', /^--start-at 2026-11-21T05:29:57Z: that was 3\.0 s ago/],
  [String(now / 1000), /that was 0\.0 s ago/],
  ['+0s', /that was 0\.0 s ago/],
  // Without its zone it would be another time on every machine.
  ['2026-11-21T05:30:10', /expected a time such as/],
  ['2026-13-41T05:30:10Z', /expected a time such as/],
  ['30s', /expected a time such as/],
  ['+soon', /expected a time such as/],
  ['tomorrow', /expected a time such as/],
  ['', /expected a time such as/],
];
for (const [text, message] of bad)
  test(`"${text}" is refused`, () => assert.throws(() => parseStartTime(text, now), { code: 'BAD_OPTION', message }));

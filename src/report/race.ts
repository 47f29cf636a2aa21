import type { MeasuredResult } from '../measure/result.js';

/**
 * What is known to speak against a strategy that this run showed to be safe, and how to be rid of it where an option does that; undefined
 * where nothing does.
 */
export function raceText({ options, claims, safety }: MeasuredResult): string | undefined {
  if (safety.verdict !== 'safe' || claims.race !== true) return undefined;
  const option = Object.entries(options).find(([name, value]) => /(^|\.)create$/.test(name) && value === 'check')?.[0];
  const cure = option === undefined ? '' : ` (${option}=atomic closes that)`;
  return `two processes that meet on a fresh key can each make a lock for it, and both get in${cure}`;
}

import type { MeasuredResult } from '../measure/result.js';

/** What is known to speak against a strategy that this run showed to be safe, and how to be rid of it where an option does that. */
export function raceText({ options }: MeasuredResult): string {
  const option = Object.entries(options).find(([name, value]) => /(^|\.)create$/.test(name) && value === 'check')?.[0];
  const cure = option === undefined ? '' : ` (${option}=atomic closes that)`;
  return `two processes that meet on a fresh key can each make a lock for it, and both get in${cure}`;
}

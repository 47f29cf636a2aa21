import type { Profile } from '../../measure/profile.js';
import { tellBytes, tellMs, tellPercent } from '../quantity.js';
import { verdictWords } from './profile-text.js';

/** A profile for a pull request or a chat. */
export function profileMarkdown(profile: Profile): string {
  const [main] = profile.processes;
  if (main === undefined) return '';
  const rows = profile.processes.map((process) => [
    String(process.pid),
    cell(process.name),
    `${tellPercent(process.cpuPercent.mean)} (p95 ${tellPercent(process.cpuPercent.p95)})`,
    `${tellPercent(process.busiestThreadPercent.mean)} ${cell(process.busiestThread.name)}`,
    process.runQueueWaitPercent === undefined ? 'not readable' : tellPercent(process.runQueueWaitPercent.mean),
    tellBytes(process.rssBytes.last),
    verdictWords[process.verdict],
  ]);
  const header = ['pid', 'process', 'CPU, % of a core', 'busiest thread', 'run-queue wait', 'memory', 'verdict'];
  const table = [header, header.map((_, index) => (index < 2 ? '---' : '---:')), ...rows].map(
    (row) => `| ${row.join(' | ')} |`,
  );
  return [
    `**${verdictWords[main.verdict]}**: ${cell(main.command)} (${main.pid}), watched for ${tellMs(profile.durationMs)}`,
    '',
    ...main.reasons.map((reason) => `- ${cell(reason)}`),
    ...main.advice.map((advice) => `- Try: ${cell(advice)}`),
    ...main.unreadable.map(({ what, why }) => `- Not readable: ${what}: ${cell(why)}`),
    '',
    ...table,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|<>*_`\\[\]]/g, (character) => `\\${character}`);
}

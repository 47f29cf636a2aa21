import { profileColumns, profiledCoordinators, profileRows, profileStories } from './coordinator-profiles.js';
import { folded, markdownTable, text } from './markdown-element.js';
import type { Report } from './model.js';
import { functionText } from './profile/function-text.js';
import type { TextOptions } from './table.js';
import { columns, wrapped, wrappedLabel } from './text-block.js';

/** Functions that a terminal and a comment show of each coordinator. */
const shownFunctions = 8;

/** What each coordinator did while it was measured, for a terminal. Empty when none was profiled. */
export function renderProfiles(report: Report, { width }: TextOptions): string {
  const coordinators = profiledCoordinators(report);
  if (coordinators.length === 0) return '';
  const rows = profileRows(coordinators).map(([name = '', ...rest]) => [wrappedLabel(name, 34), ...rest]);
  const functions = coordinators.flatMap(({ name, cpu }) =>
    cpu === undefined ? [] : [`${name}: ${functionText(cpu.summary, shownFunctions).trimEnd()}`],
  );
  const parts = [
    'Coordinators, profiled while they were measured (percent of one core; the round in which each was busiest):',
    rows.length === 0 ? '' : columns(profileColumns, rows),
    profileStories(coordinators)
      .map((story) => wrapped(`${story.name}: ${story.text}.`, width))
      .join('\n'),
    ...functions,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The same for a comment, folded away. */
export function profilesMarkdown(report: Report): string {
  const coordinators = profiledCoordinators(report);
  if (coordinators.length === 0) return '';
  const functions = coordinators.flatMap(({ name, cpu }) =>
    cpu === undefined ? [] : [`${text(name)}:\n\n\`\`\`\n${functionText(cpu.summary, shownFunctions)}\`\`\``],
  );
  const stories = profileStories(coordinators).map((story) => `- **${text(story.name)}**: ${text(story.text)}`);
  const parts = [markdownTable(profileColumns, profileRows(coordinators)), stories.join('\n'), ...functions];
  return folded('Coordinators, profiled while they were measured', parts.filter((part) => part !== '').join('\n\n'));
}

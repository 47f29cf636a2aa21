import { profileColumns, profiledCoordinators, profileRows, profileStories } from '../coordinator-profiles.js';
import type { Report } from '../model.js';
import { cpuMarkup } from '../profile/cpu-markup.js';
import { escaped, type Markup, table } from './element.js';

/** What each coordinator did while it was measured, with the flame graph of its CPU profile where one was taken. */
export function coordinatorProfiles(report: Report): Markup {
  const coordinators = profiledCoordinators(report);
  if (coordinators.length === 0) return '';
  const stories = profileStories(coordinators).map(
    (story) => `<li><b>${escaped(story.name)}</b>: ${escaped(story.text)}.</li>`,
  );
  const profiles = coordinators.map(({ name, cpu }) =>
    cpu === undefined ? '' : `<h3>${escaped(name)}: where its CPU time went</h3>${cpuMarkup(cpu.summary, cpu.tree)}`,
  );
  return [
    table(
      'Percent of one core; of several rounds, the one in which it was busiest.',
      profileColumns,
      profileRows(coordinators),
    ),
    `<ul>${stories.join('')}</ul>`,
    ...profiles,
  ].join('');
}

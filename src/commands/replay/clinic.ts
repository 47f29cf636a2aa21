import { join } from 'node:path';
import type { CommandContext } from '../../context.js';
import { exitCodes, messageOf } from '../../errors.js';
import type { StrategyResult } from '../../measure/result.js';
import { CoordinatorRecorder, type CoordinatorRecording } from '../../monitor/clinic/coordinator-recorder.js';
import { findClinic } from '../../monitor/clinic/installation.js';
import { makePage } from '../../monitor/clinic/page.js';
import { openPageFolder } from '../../monitor/clinic/page-folder.js';
import { clinicTools } from '../../monitor/clinic/tool.js';
import { createRunDirectory } from '../../replay/run-directory.js';
import type { ReportWarning } from '../../report/model.js';
import type { ClinicRequest } from './clinic-flags.js';
import type { ReplayRequest } from './flags.js';

/** @throws IpcbenchError `UNAVAILABLE` when the tool is not installed */
export function checkClinic(request: ClinicRequest | undefined): void {
  if (request !== undefined) findClinic(clinicTools[request.tool], process.cwd());
}

/**
 * Runs a replay, with one of clinic's tools inside its coordinators where that was asked for, and then makes their pages.
 * @returns how each part ended
 */
export async function withClinic(
  context: CommandContext,
  request: ReplayRequest,
  run: (request: ReplayRequest) => Promise<number>,
): Promise<number[]> {
  const { clinic, options } = request;
  if (clinic === undefined) return [await run(request)];
  const tool = clinicTools[clinic.tool];
  const pages = openPageFolder(clinic.out);
  const temporary = clinic.keep ? undefined : createRunDirectory();
  const recorder = new CoordinatorRecorder(
    findClinic(tool, process.cwd()),
    temporary?.make('clinic') ?? pages.keep(`${tool.name}-recordings`),
  );
  context.stderr.write(
    `clinic ${tool.name} will run inside each Node coordinator and costs it ${tool.cost}: read its pages, not these figures\n`,
  );
  try {
    const code = await run({ ...request, options: { ...options, recorder } });
    return [code, await writePages(context, recorder, pages.path)];
  } finally {
    temporary?.remove();
    pages.close();
  }
}

/** Tells of each page, or why there is none; one page at least makes it a success, and one that failed does not. */
async function writePages(context: CommandContext, recorder: CoordinatorRecorder, folder: string): Promise<number> {
  let [written, failed] = [0, 0];
  for (const recorded of recorder.all) {
    const name = `${recorded.coordinator} of ${recorded.label}`;
    if (recorded.unseen !== undefined) {
      context.stderr.write(`no page of ${name}: ${recorded.unseen}\n`);
      continue;
    }
    const page = join(folder, pageName(recorded));
    try {
      await makePage(recorded.recording, page);
      context.stderr.write(`wrote ${page}\n`);
      written += 1;
    } catch (error) {
      context.stderr.write(`no page of ${name}: ${messageOf(error)}\n`);
      failed += 1;
    }
  }
  if (recorder.all.length === 0) context.stderr.write('no page: no strategy that ran has a coordinator\n');
  return failed > 0 || written === 0 ? exitCodes.unmeasured : exitCodes.ok;
}

/** Labels hold what file names should not. */
function pageName({ label, coordinator, recording }: CoordinatorRecording): string {
  const plain = (text: string): string => text.replace(/[^\w.=-]+/g, '-').replace(/^-+|-+$/g, '');
  return `${plain(label)}-${plain(coordinator)}-${recording.installed.tool.name}.html`;
}

/** What a report says of results whose coordinators had a profiler inside. */
export function slownessWarnings(results: readonly StrategyResult[]): ReportWarning[] {
  const slowed = results.filter((result) => 'slowedBy' in result && result.slowedBy !== undefined);
  const [first] = slowed;
  if (first === undefined || !('slowedBy' in first)) return [];
  const tool = Object.values(clinicTools).find(({ name }) => first.slowedBy === `clinic ${name}`);
  const cost = tool?.cost ?? 'more CPU per operation';
  return [
    {
      code: 'CLINIC',
      text: `${first.slowedBy} ran inside the coordinators of ${slowed.map(({ label }) => label).join(', ')}, and costs ${cost}.`,
      advice: 'Replay without --clinic for figures; no condition and no comparison takes these.',
    },
  ];
}

import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import type { PageOrder, PageReply } from './page.js';
import { joinTraceEvents } from './trace-events.js';

/** Entry of the process that turns a recording into clinic's page: it loads hundreds of modules and takes hundreds of megabytes. */

type Done = (error?: Error | null) => void;

/** What this uses of clinic's classes: each has it. */
type Tool = new () => {
  visualize(recording: string, page: string, done: Done): void;
  /** Flame only: how long the process ran, in seconds, as the page says. */
  elapsedTime?: number;
};
/** `0x/lib/v8-log-to-ticks`: reads V8's profiler log with node's own `--prof-process`. */
type ReadTicks = (log: string, options: { pathToNodeBinary: string; collectDelay: number }) => Promise<unknown[]>;

process.on('disconnect', () => process.exit(1));
process.on('message', async (order: PageOrder) => {
  const reply: PageReply = await render(order).then(
    () => ({ kind: 'done' }),
    (error: unknown) => ({ kind: 'failed', message: messageOf(error) }),
  );
  process.send?.(reply);
});

async function render({ tool, folder, directory, page }: PageOrder): Promise<void> {
  const load = createRequire(join(folder, 'package.json'));
  const recording = join(directory, `target.clinic-${tool}`);
  const flame = tool === 'flame' ? { elapsedTime: await gatherTicks(load, directory, recording) } : {};
  if (tool === 'doctor' || tool === 'bubbleprof')
    await joinTraceEvents(directory, join(recording, `target.clinic-${tool}-traceevent`));
  const Tool: Tool = load(folder);
  const draft = join(directory, 'page.html');
  await new Promise<void>((resolve, reject) => {
    Object.assign(new Tool(), flame).visualize(recording, draft, (error) => (error ? reject(error) : resolve()));
  });
  // Whole or not at all, should this process be killed meanwhile.
  const partial = `${page}.${process.pid}`;
  writeFileSync(partial, withoutNetwork(readFileSync(draft, 'utf8')));
  renameSync(partial, page);
  rmSync(draft);
}

/**
 * What `@clinic/flame` would do after its own way of starting the process, which takes that process' standard output over.
 * @returns how long the process ran, in seconds
 */
async function gatherTicks(load: NodeJS.Require, directory: string, recording: string): Promise<number> {
  const readTicks: ReadTicks = load('0x/lib/v8-log-to-ticks');
  const file = (part: string): string => join(recording, `target.clinic-flame-${part}`);
  const { nodeProgram } = JSON.parse(readFileSync(file('systeminfo'), 'utf8')) as { nodeProgram: string };
  const log = join(directory, busiestLog(directory));
  const elapsedMs = statSync(log).mtimeMs - statSync(file('systeminfo')).mtimeMs;
  const ticks = await readTicks(log, { pathToNodeBinary: nodeProgram, collectDelay: 0 });
  writeFileSync(file('samples'), JSON.stringify(ticks));
  writeFileSync(file('inlinedfunctions'), '{}');
  return Math.round(elapsedMs / 1000);
}

/** Each isolate writes a log of its own: the main thread's, and one for each worker thread. */
function busiestLog(directory: string): string {
  const logs = readdirSync(directory).filter((name) => name.endsWith('v8.log'));
  const bySize = logs.map((name) => ({ name, bytes: statSync(join(directory, name)).size }));
  const [largest] = bySize.sort((a, b) => b.bytes - a.bytes);
  if (largest === undefined) throw new Error('V8 left no profiler log');
  return largest.name;
}

/** Clinic's pages fetch fonts from its web site when they are opened; a page of one's own process should tell nobody. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";

function withoutNetwork(html: string): string {
  return html.replace('<head>', `<head>\n      <meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

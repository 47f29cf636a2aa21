import type { CommandContext } from '../../context.js';
import { messageOf } from '../../errors.js';
import type { CallTree } from '../../measure/call-tree.js';
import type { Profile } from '../../measure/profile.js';
import { type DeepProfile, startDeepProfile } from '../../monitor/deep/deep-profile.js';
import { identify } from '../../monitor/process-identity.js';
import { profileProcess } from '../../monitor/profile.js';
import { painter } from '../../report/paint.js';
import { functionText } from '../../report/profile/function-text.js';
import { judgeProfile, profileExitCode } from '../../report/profile/profile-gate.js';
import { profileHtml } from '../../report/profile/profile-html.js';
import { profileMarkdown } from '../../report/profile/profile-markdown.js';
import { profileText } from '../../report/profile/profile-text.js';
import { proveWritable, writeWhole } from '../../report/store.js';
import type { CheckedOptions } from './options.js';
import { startProgress } from './progress.js';

/** Where nobody watches the screen, a profile takes this long unless told otherwise. */
const defaultDurationMs = 10_000;

/** Watches a live process and tells what was seen. */
export async function profileLive(context: CommandContext, pid: number, options: CheckedOptions): Promise<void> {
  identify(pid);
  const { html } = options;
  const cpuOut = options.cpu ? (options.cpuOut ?? `ipcbench-${pid}`) : undefined;
  for (const path of [html, cpuOut]) if (path !== undefined) proveWritable(path);
  const deep = options.cpu ? await startDeepProfile(pid) : undefined;
  let watched: Profile;
  try {
    watched = await watch(context, pid, options, deep?.port);
  } catch (error) {
    await deep?.finish().catch(() => undefined);
    throw error;
  }
  const { profile, tree } = await withCpuProfile(context, watched, deep, options.cpuOut);
  if (html !== undefined) writeWhole(html, profileHtml(profile, tree));
  context.stdout.write(rendered(profile, options, context));
  const outcomes = judgeProfile(profile, options.conditions);
  for (const outcome of outcomes) context.stderr.write(`${outcome.status}: ${outcome.condition}: ${outcome.text}\n`);
  context.finish(profileExitCode(outcomes));
}

async function watch(
  context: CommandContext,
  pid: number,
  options: CheckedOptions,
  hiddenPort: number | undefined,
): Promise<Profile> {
  const { REDISCLI_AUTH: redisPassword } = context.env;
  const durationMs = options.durationMs ?? (context.stderr.isTTY ? undefined : defaultDurationMs);
  const progress = startProgress(context);
  try {
    return await profileProcess(pid, {
      intervalMs: options.intervalMs,
      thresholds: options.thresholds,
      children: options.children,
      signal: progress.signal,
      onSecond: progress.show,
      ...(hiddenPort === undefined ? {} : { hiddenPort }),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(redisPassword === undefined ? {} : { redisPassword }),
    });
  } finally {
    progress.close();
  }
}

/** A CPU profile that got lost, because the target ended, does not take the rest with it. */
async function withCpuProfile(
  context: CommandContext,
  profile: Profile,
  deep: DeepProfile | undefined,
  out: string | undefined,
): Promise<{ profile: Profile; tree: CallTree | undefined }> {
  if (deep === undefined) return { profile, tree: undefined };
  try {
    const { tree, summary, file } = await deep.finish();
    const path = out ?? `ipcbench-${profile.processes[0]?.pid}${file.extension}`;
    writeWhole(path, file.content);
    context.stderr.write(`wrote ${path}\n`);
    return { profile: { ...profile, cpuProfile: summary }, tree };
  } catch (error) {
    context.stderr.write(`no CPU profile: ${messageOf(error)}\n`);
    return { profile, tree: undefined };
  }
}

function rendered(profile: Profile, { format }: CheckedOptions, context: CommandContext): string {
  if (format === 'json') return `${JSON.stringify(profile, null, 2)}\n`;
  const functions = profile.cpuProfile === undefined ? '' : functionText(profile.cpuProfile);
  if (format === 'markdown') return `${profileMarkdown(profile)}${fenced(functions)}`;
  const color = context.stdout.isTTY === true && (context.env.NO_COLOR ?? '') === '';
  const text = profileText(profile, painter(color), context.stdout.columns || 100);
  return functions === '' ? text : `${text}\n${functions}`;
}

/** A table in plain text, as Markdown. */
export function fenced(text: string): string {
  return text === '' ? '' : `\n\`\`\`\n${text}\`\`\`\n`;
}

import { addStack, type CallTree, emptyTree, type Frame } from '../../measure/call-tree.js';
import { isRecord, listOf, numberOf, refuse, textOf } from './json.js';

/** Milliseconds in speedscope's units of time. */
const unitsMs: Record<string, number> = { nanoseconds: 1e-6, microseconds: 1e-3, milliseconds: 1, seconds: 1e3 };

/**
 * Reads a speedscope file, sampled or evented; several profiles in one (threads) are added up.
 * Source: https://www.speedscope.app/file-format-schema.json
 * @throws IpcbenchError `FILE` when it is not one
 */
export function readSpeedscope(value: unknown, source: string): CallTree {
  if (!isRecord(value) || !isRecord(value.shared)) refuse(source, 'it has no shared frames');
  const frames = listOf(value.shared.frames).map(frameOf);
  const profiles = listOf(value.profiles).filter(isRecord);
  if (profiles.length === 0) refuse(source, 'it has no profiles');
  const timed = profiles.every((profile) => Object.hasOwn(unitsMs, textOf(profile.unit)));
  const tree = emptyTree(timed ? 'ms' : 'samples');
  for (const profile of profiles) {
    const factor = timed ? (unitsMs[textOf(profile.unit)] ?? 1) : 1;
    if (profile.type === 'sampled') addSamples(tree, profile, frames, factor);
    else if (profile.type === 'evented') addEvents(tree, profile, frames, factor, source);
    else refuse(source, `it has a profile of the unknown type ${JSON.stringify(profile.type)}`);
  }
  return tree;
}

function frameOf(value: unknown): Frame {
  if (!isRecord(value)) return { name: '(unknown)' };
  const [file, line] = [textOf(value.file), numberOf(value.line)];
  return { name: textOf(value.name) || '(anonymous)', ...(file === '' ? {} : { file }), ...(line > 0 ? { line } : {}) };
}

function addSamples(tree: CallTree, profile: Record<string, unknown>, frames: readonly Frame[], factor: number): void {
  const weights = listOf(profile.weights).map(numberOf);
  for (const [index, stack] of listOf(profile.samples).entries()) {
    const named = listOf(stack).flatMap((frame) => frames[numberOf(frame)] ?? []);
    addStack(tree, named, (weights[index] ?? 1) * factor);
  }
}

/** Events open and close frames; what passes between two is spent in the innermost open one. */
function addEvents(
  tree: CallTree,
  profile: Record<string, unknown>,
  frames: readonly Frame[],
  factor: number,
  source: string,
): void {
  const stack: Frame[] = [];
  let lastAt = numberOf(profile.startValue) || 0;
  for (const event of listOf(profile.events).filter(isRecord)) {
    const at = numberOf(event.at);
    if (stack.length > 0 && at > lastAt) addStack(tree, stack, (at - lastAt) * factor);
    lastAt = at;
    const frame = frames[numberOf(event.frame)];
    if (frame === undefined) refuse(source, `an event names the frame ${event.frame}, which is not there`);
    if (event.type === 'O') stack.push(frame);
    else stack.pop();
  }
}

import { messageOf } from '../errors.js';
import type { Session, Value } from '../strategies/strategy.js';
import type { TraceStructure } from '../trace/operation.js';
import { followParent, tellParent } from './child-life.js';
import { connectClient } from './client.js';
import { BodyMaker, marksOf } from './marked-value.js';
import type { FromSteward, Gauges, StewardSetup, ToSteward } from './messages.js';
import { assignmentsOf } from './submit/assignments.js';

/** Entry of the process that fills the shared structures before a round and reads them back after it, outside what is measured. */

const entriesPerCall = 50;

let session: Session | undefined;
let runDirectory: string | undefined;

followParent(
  () => runDirectory,
  async () => session?.close(),
);

process.on('message', (message: ToSteward) => {
  answer(message).catch(async (error) => {
    await tell({ kind: 'failed', message: messageOf(error) });
  });
});

async function answer(message: ToSteward): Promise<void> {
  if (message.kind === 'setup') {
    runDirectory = message.runDirectory;
    session = await connectClient(message);
    for (const structure of message.header.structures) {
      if (message.filling === 'over') await empty(session, structure);
      if (message.filling !== 'none') await fill(session, structure);
    }
    await addAssignments(session, message);
    await tell({ kind: 'ready' });
    return;
  }
  if (message.kind === 'gauges') {
    await tell({ kind: 'gauges', workloads: await readGauges(session) });
    return;
  }
  const versions: (number | null)[] = [];
  for (const [structure, key] of message.entries) {
    const value = await session?.state.get(structure, key);
    versions.push(value === undefined ? null : marksOf(value).n);
  }
  await tell({ kind: 'finals', id: message.id, versions });
}

/** Rows that an earlier run or another shard put there are the same: a challenge id says which row it is of. */
async function addAssignments({ submits }: Session, { header, submitFiles }: StewardSetup): Promise<void> {
  if (submits?.addAssignments === undefined) return;
  for await (const rows of assignmentsOf(submitFiles, header)) await submits.addAssignments(rows);
}

async function readGauges(open: Session | undefined): Promise<Gauges> {
  const submit = await open?.submits?.gauges?.();
  return submit === undefined ? {} : { submit };
}

/** What an earlier run left goes first: versions count from what is filled in now. */
async function empty({ state }: Session, { kind, name }: TraceStructure): Promise<void> {
  if (kind === 'dict') await state.clear(name);
  if (kind === 'queue') while ((await state.take(name, 0)) !== undefined);
}

async function fill({ state }: Session, structure: TraceStructure): Promise<void> {
  const { initial, name } = structure;
  const body = new BodyMaker().make(structure.value ?? { bytes: 200, shape: 'nested' });
  const value: Value = { n: 0, by: 0, body };
  if (structure.kind === 'value') return state.set(name, '', value);
  if (structure.kind === 'queue' || initial === undefined) return;
  const counted = Array.from({ length: initial.count ?? 0 }, (_, index) => `${initial.prefix ?? ''}${index}`);
  const keys = [...(initial.keys ?? []), ...counted];
  for (let from = 0; from < keys.length; from += entriesPerCall) {
    const entries = keys.slice(from, from + entriesPerCall).map((key) => [key, value] as const);
    await state.setMany(name, entries);
  }
}

const tell = (message: FromSteward): Promise<void> => tellParent(message);

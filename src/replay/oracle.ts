import type { Claims } from '../measure/claims.js';
import type { LongHeldLock, SafetyExample } from '../measure/result.js';
import { Blame } from './blame.js';
import { findLostUpdates, findStaleReads, type LostUpdate, type StaleRead } from './entry-analysis.js';
import { hashOf, lockName } from './evidence.js';
import { type KeyEvidence, readNames, readPartition, type Section } from './evidence-reader.js';
import { countUnguardedOverlaps, findOverlaps, type Overlap, shareWaits } from './section-analysis.js';
import { Storyteller } from './storyteller.js';

/** Reads back the version numbers that entries have in the end; null where there is no such entry; undefined when nobody answers. */
export type ReadFinals = (entries: [structure: string, key: string][]) => Promise<(number | null)[] | undefined>;

export interface OracleInput {
  directory: string;
  /** Names of the worker processes, by their number. */
  workers: readonly string[];
  /** Kinds of operation, by their number. */
  kinds: readonly string[];
  partitions: number;
  claims: Claims;
  /** Where the measured part begins: waits and holds before it are not told, safety is checked all the same. */
  measuredFromNs: number;
  /** Holding a lock for longer than this is worth telling. */
  longHeldNs: number;
  /** When a coordinator was restarted, and what it kept in memory with it: versions count from there. */
  stateLostAtNs: number | undefined;
  /** Times after which the first entry is looked for: of this key, or of any. */
  entriesAfter: readonly { afterNs: number; key: string | undefined }[];
  /** Whether other shards write some of the same entries: what was lost between shards cannot be told from one of them. */
  shared: boolean;
  /** Undefined where the coordinator did not live to be asked. */
  readFinals: ReadFinals | undefined;
}

export interface Findings {
  overlaps: number;
  lostUpdates: number;
  staleReads: number;
  underLocked: number;
  overlapsExpectedUnguarded: number;
  /** Versions read in all, and entries whose final version was read back. */
  readsChecked: number;
  finalsChecked: number;
  examples: SafetyExample[];
  /** For each of `entriesAfter`, when the next section was entered. */
  firstEntriesNs: (number | undefined)[];
  collisions: number;
  longHeld: LongHeldLock[];
  blame: Blame;
}

const longHeldKept = 20;

/** Goes through what the workers wrote down, one partition of the keys at a time. */
export async function consultOracle(input: OracleInput): Promise<Findings> {
  const names = readNames(input.directory, input.workers.length);
  const story = new Storyteller(names, input.workers, input.kinds, input.measuredFromNs);
  const findings: Findings = {
    overlaps: 0,
    lostUpdates: 0,
    staleReads: 0,
    underLocked: 0,
    overlapsExpectedUnguarded: 0,
    readsChecked: 0,
    finalsChecked: 0,
    examples: [],
    firstEntriesNs: input.entriesAfter.map(() => undefined),
    collisions: 0,
    longHeld: [],
    blame: new Blame(input.kinds, (key) => story.keyName(key)),
  };
  for (let partition = 0; partition < input.partitions; partition++) {
    const evidence = [...readPartition(input.directory, input.workers.length, partition).values()];
    for (const one of evidence) {
      judgeSections(findings, input, story, one);
      findEntries(findings, input, one);
      judgeWaits(findings, input, one);
    }
    const finals = await finalsOf(evidence, names, input.readFinals);
    for (const one of evidence) judgeEntry(findings, input, story, one, finals.get(one.key));
  }
  findings.longHeld.sort((a, b) => b.heldMs - a.heldMs).splice(longHeldKept);
  return findings;
}

function judgeSections(findings: Findings, input: OracleInput, story: Storyteller, { sections }: KeyEvidence): void {
  const overlaps = findOverlaps(sections);
  findings.overlaps += overlaps.length;
  findings.overlapsExpectedUnguarded += countUnguardedOverlaps(sections);
  addExample(
    findings,
    'overlap',
    telling(overlaps, ({ first, second }: Overlap) => first.worker !== second.worker),
    (overlap) => story.overlap(overlap),
  );
  for (const section of sections) {
    if (section.exitNs - section.entryNs < input.longHeldNs || section.askNs < input.measuredFromNs) continue;
    findings.longHeld.push(story.longHeld(section));
  }
  if (findings.longHeld.length > 50 * longHeldKept)
    findings.longHeld.sort((a, b) => b.heldMs - a.heldMs).splice(longHeldKept);
}

function findEntries(
  { firstEntriesNs }: Findings,
  { entriesAfter }: OracleInput,
  { key, sections }: KeyEvidence,
): void {
  for (const [index, { afterNs, key: wanted }] of entriesAfter.entries()) {
    if (wanted !== undefined && hashOf(lockName(wanted)) !== key) continue;
    for (const { entryNs } of sections) {
      if (entryNs > afterNs && entryNs < (firstEntriesNs[index] ?? Number.POSITIVE_INFINITY))
        firstEntriesNs[index] = entryNs;
    }
  }
}

function judgeWaits(findings: Findings, { measuredFromNs }: OracleInput, one: KeyEvidence): void {
  const measured = ({ askNs }: { askNs: number }): boolean => askNs >= measuredFromNs;
  // Where several keys share a guard, who was in the way is found among all of them.
  const sections: readonly Section[] = one.guarded ? [] : one.sections;
  const failed = one.failedWaits.filter(measured);
  for (const shares of [
    shareWaits(sections.filter(measured), failed, one.key),
    shareWaits(one.guardSections.filter(measured), [], one.key),
  ]) {
    for (const share of shares) {
      if (share.holders.length > 0) findings.collisions += 1;
      findings.blame.add(share);
    }
  }
}

function judgeEntry(
  findings: Findings,
  { claims, shared, stateLostAtNs = Number.NEGATIVE_INFINITY }: OracleInput,
  story: Storyteller,
  evidence: KeyEvidence,
  final: number | null | undefined,
): void {
  const { key } = evidence;
  const commits = evidence.commits.filter(({ startNs }) => startNs > stateLostAtNs);
  const reads = evidence.reads.filter(({ startNs }) => startNs > stateLostAtNs);
  if (commits.length === 0) return;
  // A strategy that keeps nothing (and does not claim to) has nothing to lose.
  if (final === null && !claims.noLostUpdates) return;
  const ours = !(shared && readsOthers(reads, commits));
  const lost = ours ? findLostUpdates(commits, reads) : [];
  const underLocked = lost.filter((one) => one.underLocked);
  const missing = final === undefined || !ours ? 0 : commits.length - (final ?? 0);
  if (final !== undefined && ours) findings.finalsChecked += 1;
  findings.underLocked += underLocked.length;
  // Once writers went around each other's locks, a version may be written below a later one: the final count proves nothing more.
  const unseen = underLocked.length > 0 ? 0 : Math.max(missing - lost.length, 0);
  findings.lostUpdates += lost.length - underLocked.length + unseen;
  findings.readsChecked += reads.length;
  const stale = findStaleReads(reads, commits, (claims.maxStalenessMs ?? 0) * 1e6);
  findings.staleReads += stale.length;
  const guarded = lost.filter((one) => !one.underLocked);
  addExample(findings, 'lostUpdate', telling(guarded, acrossWorkers), (one) => story.lostUpdate(key, one));
  if (guarded.length === 0 && unseen > 0) {
    addExample(findings, 'lostUpdate', commits.at(-1), (commit) =>
      story.missing(key, commit, commits.length, final ?? 0),
    );
  }
  addExample(findings, 'underLocked', telling(underLocked, acrossWorkers), (one) => story.lostUpdate(key, one));
  addExample(
    findings,
    'staleRead',
    telling(stale, ({ read, newer }: StaleRead) => read.worker !== newer.worker),
    (one) => story.staleRead(key, one),
  );
}

/** Whether something read here was written by none of those that are known here. */
function readsOthers(reads: KeyEvidence['reads'], commits: KeyEvidence['commits']): boolean {
  const marks = new Set(commits.map(({ mark }) => mark));
  return reads.some(({ by }) => by !== 0 && !marks.has(by));
}

const acrossWorkers = ({ first, second }: LostUpdate): boolean => first.worker !== second.worker;

/** The example that tells most: one between two processes, if there is one. */
function telling<T>(found: readonly T[], best: (one: T) => boolean): T | undefined {
  return found.find(best) ?? found[0];
}

/** One example of each kind is enough for a person to follow; one between processes replaces one within a process. */
function addExample<T>(
  findings: Findings,
  kind: SafetyExample['kind'],
  found: T | undefined,
  tell: (one: T) => SafetyExample,
): void {
  if (found === undefined) return;
  const at = findings.examples.findIndex((example) => example.kind === kind);
  const known = findings.examples[at];
  if (known === undefined) findings.examples.push(tell(found));
  else if (!crosses(known)) {
    const example = tell(found);
    if (crosses(example)) findings.examples[at] = example;
  }
}

function crosses({ sides: [first, second] }: SafetyExample): boolean {
  return first?.process !== second?.process;
}

/** Final versions of the entries of one partition that were written, by the hash of their name. */
async function finalsOf(
  evidence: readonly KeyEvidence[],
  names: ReadonlyMap<number, string>,
  readFinals: ReadFinals | undefined,
): Promise<Map<number, number | null>> {
  const finals = new Map<number, number | null>();
  if (readFinals === undefined) return finals;
  const written = evidence.filter(({ key, commits }) => commits.length > 0 && names.has(key));
  const versions = await readFinals(
    written.map(({ key }) => {
      const [structure = '', ...rest] = (names.get(key) ?? '').split('\u0000');
      return [structure, rest.join('\u0000')];
    }),
  );
  if (versions === undefined) return finals;
  for (const [index, { key }] of written.entries()) finals.set(key, versions[index] ?? null);
  return finals;
}

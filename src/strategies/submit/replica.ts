import type { Session, StructureDeclaration } from '../strategy.js';
import { plainNames } from './plain-names.js';
import type { Assignment } from './submission.js';

/** What a submit is looked up by, its names plain. */
export type Sought = Pick<Assignment, 'account' | 'epoch' | 'tier' | 'cid'>;

/** A read replica of the assignments. */
export interface Replica {
  /** The sequence number of that row; undefined where there is no such row. */
  find(sought: Sought): Promise<number | undefined>;
  /** Rows that were there already are replaced, but for a tier that only they say. */
  add(rows: readonly Assignment[]): Promise<void>;
  close(): Promise<void>;
}

const table = 'assignments';

/** The one structure that it keeps. */
export const replicaStructures: StructureDeclaration[] = [{ name: table, kind: 'dict', group: 'general' }];

type Row = Omit<Assignment, 'cid'>;

/** A process of its own that all servers look rows up in, by challenge id. */
export class SharedReplica implements Replica {
  readonly #session: Session;

  /** @param session of any strategy with state */
  constructor(session: Session) {
    this.#session = session;
  }

  async find({ account, epoch, tier, cid }: Sought): Promise<number | undefined> {
    const row = (await this.#session.state.get(table, cid)) as Row | undefined;
    if (row === undefined || row.account !== account || row.epoch !== epoch) return undefined;
    // Where nobody knows the row's tier, it must not stand for one that a submit names: the trace has a row of that tier, or means none.
    return tier !== undefined && row.tier !== tier ? undefined : row.seq;
  }

  /** Field by field: a submit whose tier nobody knows names the same row as one that says it, and takes nothing from it. */
  async add(rows: readonly Assignment[]): Promise<void> {
    await this.#session.state.patchMany(
      table,
      rows.map((named) => {
        const { cid, account, epoch, tier, seq } = { ...named, ...plainNames(named) };
        const row: Row = { account, epoch, seq, ...(tier === undefined ? {} : { tier }) };
        return [cid, { set: row }] as const;
      }),
    );
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

import type { Session, StructureDeclaration } from '../strategy.js';
import type { Assignment } from './submission.js';

/** What a submit is looked up by. */
export type Sought = Pick<Assignment, 'account' | 'epoch' | 'tier' | 'cid'>;

/** A read replica of the assignments. */
export interface Replica {
  /** The sequence number of that row; undefined where there is no such row. */
  find(sought: Sought): Promise<number | undefined>;
  /** Rows that were there already are replaced. */
  add(rows: readonly Assignment[]): Promise<void>;
  close(): Promise<void>;
}

const table = 'assignments';

/** The one structure that it keeps. */
export const replicaStructures: StructureDeclaration[] = [{ name: table, kind: 'dict', group: 'general' }];

type Row = { account: string; epoch: string; tier?: string; seq: number };

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
    const another = tier !== undefined && row.tier !== undefined && row.tier !== tier;
    return another ? undefined : row.seq;
  }

  add(rows: readonly Assignment[]): Promise<void> {
    return this.#session.state.setMany(
      table,
      rows.map(({ cid, ...row }): [string, Row] => [cid, row]),
    );
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

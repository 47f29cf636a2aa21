import type { MinerResponse, Row } from './cycle.js';
import type { WireModel } from './pool-messages.js';

/**
 * What a model library makes of a response: a typed object whose every field is looked at and whose every number is converted, once when
 * it is built and once more when it is copied.
 */
export class MinerModel implements MinerResponse {
  readonly name: string;
  readonly version: number;
  readonly miner: number;
  readonly status: { code: number; message: string };
  readonly headers: ReadonlyMap<string, string>;
  readonly rows: readonly Row[];

  constructor({ name, version, miner, status, headers, rows }: WireModel) {
    this.name = String(name);
    this.version = Number(version);
    this.miner = Number(miner);
    this.status = { code: Number(status.code), message: String(status.message) };
    this.headers = new Map(Object.entries(headers).map(([field, value]) => [String(field), String(value)]));
    this.rows = (rows ?? []).map(converted);
  }

  /** A copy that shares nothing with this one. */
  copy(): MinerModel {
    return new MinerModel({ ...this, headers: Object.fromEntries(this.headers), tookMs: 0, rows: [...this.rows] });
  }
}

function converted(row: Row): Row {
  return row instanceof Float64Array ? row.map(Number) : row.map(Number);
}

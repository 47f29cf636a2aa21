import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import { type Meter, noMeter, type Patch, type Value } from '../strategy.js';
import { ManagedState } from './managed-state.js';

/** State behind explicit methods that run beside the data: a change is one call that carries the change, one batch is one call. */
export class RpcState extends ManagedState {
  readonly #route: (structure: string) => Channel;

  constructor(route: (structure: string) => Channel) {
    super(route);
    this.#route = route;
  }

  /** In place, and so that nothing is lost between patches even without a lock. */
  override patch(
    structure: string,
    key: string,
    patch: Patch,
    meter: Meter = noMeter,
  ): Promise<Record<string, number>> {
    return this.#write(codes.patch, [structure, key, patch], meter) as Promise<Record<string, number>>;
  }

  override patchMany(
    structure: string,
    patches: readonly (readonly [key: string, patch: Patch])[],
    meter: Meter = noMeter,
  ): Promise<Record<string, number>[]> {
    return this.#write(codes.patchMany, [structure, patches], meter) as Promise<Record<string, number>[]>;
  }

  override async replaceAll(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    meter: Meter = noMeter,
  ): Promise<void> {
    await this.#write(codes.replaceAll, [structure, entries], meter);
  }

  /** One field of a value, however large the rest of it. */
  getField(structure: string, key: string, field: string, meter: Meter = noMeter): Promise<Value | undefined> {
    return during(meter, 'read', () =>
      this.#route(structure).call(codes.getField, [structure, key, field], meter),
    ) as Promise<Value | undefined>;
  }

  /** Appends to the list in a field, such as an order to a position. Resolves to the list's length. */
  append(structure: string, key: string, field: string, item: Value, meter: Meter = noMeter): Promise<number> {
    return this.#write(codes.append, [structure, key, field, item], meter) as Promise<number>;
  }

  #write(code: number, body: readonly [string, ...unknown[]], meter: Meter): Promise<unknown> {
    return during(meter, 'write', () => this.#route(body[0]).call(code, body, meter));
  }
}

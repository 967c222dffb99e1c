import type { SortKey } from './ast.ts';

/** More are made anew each time, lest callers who try them all fill the memory. */
const MOST_KEPT = 1_000;

/** The orders by some fields. Callers ask for few of them again and again: what is made of each is made once. */
export class SortOrders {
  readonly #keys: ReadonlyMap<string, Readonly<Record<SortKey['direction'], SortKey>>>;
  readonly #none: Order = { keys: Object.freeze([]), longer: new Map() };
  #kept = 0;

  constructor(fields: Iterable<string>) {
    this.#keys = new Map(
      Array.from(fields, field => [field, { asc: sortKey(field, 'asc'), desc: sortKey(field, 'desc') }]),
    );
  }

  /** One of the fields, which the caller has looked up. */
  key(field: string, direction: SortKey['direction']): SortKey {
    const keys = this.#keys.get(field);
    if (!keys) {
      throw new RangeError(`${field} is not sortable`);
    }
    return keys[direction];
  }

  /** The order by these keys, the first one first: the same frozen list each time. */
  by(keys: readonly SortKey[]): readonly SortKey[] {
    let order = this.#none;
    for (const key of keys) {
      const longer = order.longer.get(key) ?? this.#longer(order, key);
      if (!longer) {
        return Object.freeze([...keys]);
      }
      order = longer;
    }
    return order.keys;
  }

  #longer(order: Order, key: SortKey): Order | undefined {
    if (this.#kept === MOST_KEPT) {
      return undefined;
    }
    this.#kept += 1;
    const longer = { keys: Object.freeze([...order.keys, key]), longer: new Map() };
    order.longer.set(key, longer);
    return longer;
  }
}

/** A tree: an order, and those that go on from it. */
interface Order {
  readonly keys: readonly SortKey[];
  readonly longer: Map<SortKey, Order>;
}

function sortKey(field: string, direction: SortKey['direction']): SortKey {
  return Object.freeze({ field, direction });
}

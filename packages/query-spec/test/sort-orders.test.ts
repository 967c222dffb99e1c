import { describe, expect, it } from 'vitest';

import type { SortKey } from '../src/spec/ast.ts';
import { SortOrders } from '../src/spec/sort-orders.ts';

const FIELDS = Array.from({ length: 100 }, (_, i) => `field${i}`);

describe('the orders by some fields', () => {
  const orders = new SortOrders(FIELDS);
  const by = (...keys: [field: string, direction: SortKey['direction']][]): readonly SortKey[] =>
    orders.by(keys.map(([field, direction]) => orders.key(field, direction)));

  it('are made once each', () => {
    const order = by(['field1', 'asc'], ['field2', 'desc']);
    expect(order).toEqual([
      { field: 'field1', direction: 'asc' },
      { field: 'field2', direction: 'desc' },
    ]);
    expect(by(['field1', 'asc'], ['field2', 'desc'])).toBe(order);
    expect(by(['field1', 'asc'], ['field2', 'asc'])).not.toBe(order);
    expect(by(['field2', 'desc'], ['field1', 'asc'])).not.toBe(order);
  });

  it('are frozen, keys and all', () => {
    const order = by(['field1', 'asc']);
    expect(Object.isFrozen(order)).toBe(true);
    expect(Object.isFrozen(order[0])).toBe(true);
  });

  it('are the right ones, and kept no more, when there are too many', () => {
    const all = FIELDS.flatMap(first => FIELDS.map(second => [first, second] as const));
    const many = all.map(([first, second]) => by([first, 'asc'], [second, 'desc']));
    many.forEach((order, i) => expect(order.map(({ field }) => field)).toEqual(all[i]));
    const kept = many.filter((order, i) => order === by([all[i]?.[0] ?? '', 'asc'], [all[i]?.[1] ?? '', 'desc']));
    expect(kept.length).toBeLessThan(1_000);
    expect(many.every(order => Object.isFrozen(order))).toBe(true);
  });

  it('know their fields only', () => {
    expect(() => orders.key('other', 'asc')).toThrow(RangeError);
  });
});

import type { Loaded } from '@mikro-orm/core';

import { type HostFindOptions, type Run, findRows } from './run.ts';
import { type Total, type TotalKind, totalOf } from './total.ts';

/** A part of the rows, with its place among them. */
export interface List<T extends object> extends Total {
  readonly items: Loaded<T>[];
  /** In rows, as asked for. */
  readonly limit: number;
  /** In rows, as asked for. */
  readonly offset: number;
}

export interface ListOptions {
  /** How the rows in all are counted. Default `exact`. */
  readonly total?: TotalKind | undefined;
}

/** The rows from the spec's offset, at most `limit`; a limit of 0 sends no query. */
export function findWindow<T extends object>(
  run: Run<T>,
  limit: number,
  options: HostFindOptions<T>,
): Promise<Loaded<T>[]> {
  if (limit === 0) {
    return Promise.resolve([]);
  }
  const order = run.query.totalOrder(run.spec.orderBy);
  return findRows(run, { order, limit, offset: run.spec.offset }, options);
}

/** The rows, and their number: one statement after the other, since a transaction has one connection. */
export async function findList<T extends object>(
  run: Run<T>,
  { total = 'exact', ...options }: ListOptions & HostFindOptions<T>,
): Promise<List<T>> {
  const { limit, offset } = run.spec;
  const items = await findWindow(run, limit, options);
  const isEnd = items.length < limit && (items.length > 0 || offset === 0);
  return { items, limit, offset, ...(await totalOf(run, total, options, isEnd ? offset + items.length : undefined)) };
}

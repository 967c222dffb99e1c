import type { Loaded } from '@mikro-orm/core';

import { type Position, positionOf, requireKeyset, rowsAfter } from './keyset.ts';
import { totalOrder } from './order.ts';
import { requireNoOffset } from './page.ts';
import { parseRowCount } from './parse-row-count.ts';
import { type HostFindOptions, type Run, findRows } from './run.ts';

/** How to walk. */
export interface StreamOptions {
  /** Rows fetched at a time, and so held in memory at a time. Default 1,000. */
  readonly batchSize?: number | undefined;
}

const DEFAULT_BATCH_SIZE = 1000;

/** Walks every row of the spec by keyset, a batch at a time; a batch is fetched when it is asked for. */
export async function* streamBatches<T extends object>(
  run: Run<T>,
  { batchSize = DEFAULT_BATCH_SIZE, ...options }: StreamOptions & HostFindOptions<T>,
): AsyncGenerator<Loaded<T>[], void, void> {
  const limit = parseRowCount(batchSize, '/batchSize', { least: 1, most: Number.MAX_SAFE_INTEGER });
  requireNoOffset(run.spec.offset);
  const order = totalOrder(run.query.model, run.spec);
  requireKeyset(run.query, order);
  const fetchOptions = { disableIdentityMap: true, ...options };
  let position: Position | undefined;
  do {
    const and = position && rowsAfter(run.query, order, position);
    const batch: Loaded<T>[] = await findRows(run, { order, limit, ...(and && { and }) }, fetchOptions);
    const last = batch.at(-1);
    position = last && batch.length === limit ? positionOf(order, last) : undefined;
    if (last) {
      yield batch;
    }
  } while (position);
}

import { setImmediate } from 'node:timers/promises';

import type { Loaded } from '@mikro-orm/core';

import { parseRowCount } from '../parse/parse-row-count.ts';
import { unnamed } from '../translate/unnamed-cache.ts';
import { edgesOf } from './edges.ts';
import { rowsAfter } from './keyset.ts';
import { requireNoOffset } from './page.ts';
import type { Position } from './position.ts';
import { type HostFindOptions, type Run, findRows } from './run.ts';
import { type Total, type TotalKind, totalOf } from './total.ts';

/** How far a stream has come. */
export interface StreamProgress extends Total {
  /** Rows so far. */
  readonly rows: number;
  /** Batches so far. */
  readonly batches: number;
}

/** How to walk. */
export interface StreamOptions {
  /** Rows fetched at a time, and so held in memory at a time. Default 1,000. */
  readonly batchSize?: number | undefined;
  /** Told after each batch was fetched. A total costs a count before the first. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  /** How the total of the progress is counted. Default `none`. */
  readonly total?: TotalKind | undefined;
}

const DEFAULT_BATCH_SIZE = 1000;

/** Walks every row of the spec by keyset, a batch at a time; a batch is fetched when it is asked for. */
export async function* streamBatches<T extends object>(
  run: Run<T>,
  { batchSize = DEFAULT_BATCH_SIZE, onProgress, total = 'none', ...options }: StreamOptions & HostFindOptions<T>,
): AsyncGenerator<Loaded<T>[], void, void> {
  const limit = parseRowCount(batchSize, '/batchSize', { least: 1, most: Number.MAX_SAFE_INTEGER });
  requireNoOffset(run.spec.offset);
  const order = run.query.totalOrder(run.spec.orderBy);
  const fetchOptions = { disableIdentityMap: true, ...unnamed(options) };
  const all = await totalOf(run, total, options);
  let [rows, batches] = [0, 0];
  let position: Position | undefined;
  let hasMore = true;
  while (hasMore) {
    const and = position && rowsAfter(run.query, order, position);
    const batch: Loaded<T>[] = await findRows(run, { order, limit, reads: order, ...(and && { and }) }, fetchOptions);
    hasMore = batch.length === limit;
    if (hasMore) {
      // Where all rows have gone since they were read, those after them still come after the same place.
      position = (await edgesOf(run, order, batch, fetchOptions)).last ?? position;
    }
    if (batch.length > 0) {
      rows += batch.length;
      batches += 1;
      onProgress?.({ rows, batches, ...all });
      yield batch;
      // A database in the process answers without ever letting the event loop turn, which also frees no weak reference.
      await setImmediate();
    }
  }
}

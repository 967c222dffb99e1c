import type { Loaded } from '@mikro-orm/core';

import { parseRowCount } from '../parse/parse-row-count.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { reversed } from '../translate/order.ts';
import { type CursorScope, cursorScope, decodeCursor, encodeCursor } from './cursor.ts';
import { type Edges, edgesOf } from './edges.ts';
import { rowsAfter } from './keyset.ts';
import type { Position } from './position.ts';
import { type HostFindOptions, type Run, findRows } from './run.ts';
import { type Total, type TotalKind, totalOf } from './total.ts';

/** A part of the ordered rows. The names are those of the host's `Cursor`. */
export interface Page<T extends object> extends Total {
  readonly items: Loaded<T>[];
  /** The side that a cursor came from counts as having rows, which may have gone meanwhile. */
  readonly hasPrevPage: boolean;
  readonly hasNextPage: boolean;
  /** For `before`; `null` on an empty page, and where all rows have gone while the page was read. */
  readonly startCursor: string | null;
  /** For `after`; `null` likewise. */
  readonly endCursor: string | null;
}

/** Which page. Cursors may come from outside as they are; `null` and `undefined` mean none. */
export interface PageOptions {
  /** The rows after this cursor. */
  readonly after?: string | null | undefined;
  /** The rows before this cursor, in the order of the spec all the same. */
  readonly before?: string | null | undefined;
  /** Rows of a page, from 1 to `maxLimit`. Default: the spec's `limit`. */
  readonly first?: number | undefined;
  /** How the rows of all pages are counted. Default `none`. */
  readonly total?: TotalKind | undefined;
}

/** Fetches one row more than the page holds, to know whether there is a further one. */
export async function findPage<T extends object>(
  run: Run<T>,
  secret: string | undefined,
  { after, before, first, total = 'none', ...options }: PageOptions & HostFindOptions<T>,
): Promise<Page<T>> {
  const size = parseRowCount(first ?? run.spec.limit, '/first', { least: 1, most: run.query.model.limits.maxLimit });
  requireNoOffset(run.spec.offset);
  const order = run.query.totalOrder(run.spec.orderBy);
  const scope = cursorScope(run.query.dialect, run.spec, order, secret);
  const anchor = anchorOf(scope, after, before);
  const direction = anchor.kind === 'before' ? reversed(order) : order;
  const and = anchor.kind === 'start' ? undefined : rowsAfter(run.query, direction, anchor.position);
  const found = await findRows(run, { order: direction, limit: size + 1, reads: order, ...(and && { and }) }, options);
  const items = found.slice(0, size);
  const inOrder = anchor.kind === 'before' ? items.toReversed() : items;
  const hasMore = found.length > size;
  const known = anchor.kind === 'start' && !hasMore ? items.length : undefined;
  const edges = await edgesOf(run, order, inOrder, options);
  return { ...pageOf(scope, anchor, inOrder, hasMore, edges), ...(await totalOf(run, total, options, known)) };
}

/** An offset would be applied again on each page. */
export function requireNoOffset(offset: number): void {
  if (offset > 0) {
    const message = 'An offset and a cursor do not go together at /offset; leave the offset out.';
    throw new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/offset' });
  }
}

type Anchor =
  | { readonly kind: 'start'; readonly position?: undefined }
  | { readonly kind: 'after' | 'before'; readonly position: Position };

function anchorOf(scope: CursorScope, after: PageOptions['after'], before: PageOptions['before']): Anchor {
  if (after != null && before != null) {
    throw new QuerySpecError('INVALID_SHAPE', 'A page is after or before a cursor, not both.', { pointer: '/before' });
  }
  if (after != null) {
    return { kind: 'after', position: decodeCursor(scope, after, '/after') };
  }
  return before == null ? { kind: 'start' } : { kind: 'before', position: decodeCursor(scope, before, '/before') };
}

function pageOf<T extends object>(
  scope: CursorScope,
  { kind, position }: Anchor,
  items: Loaded<T>[],
  hasMore: boolean,
  { first, last }: Edges,
): Omit<Page<T>, keyof Total> {
  const cursorAt = (edge: Position | undefined, side: Anchor['kind']): string | null => {
    // Where all rows have gone since they were read, the others still come after the same cursor, or before it.
    const place = edge ?? (items.length > 0 && side === kind ? position : undefined);
    return place ? encodeCursor(scope, place) : null;
  };
  return {
    items,
    hasPrevPage: kind === 'before' ? hasMore : kind === 'after',
    hasNextPage: kind === 'before' || hasMore,
    startCursor: cursorAt(first, 'before'),
    endCursor: cursorAt(last, 'after'),
  };
}

import type { EntityMetadata } from '@mikro-orm/core';

import { type Database, type MissingIndex, missingIndex } from './missing-index.ts';
import type { OrderAsked, Seek } from './question.ts';

/** A part of a spec that no index serves. */
export interface Unserved {
  /** Names what is asked, to follow "No index serves"; fields alone, so that a caller may see it. */
  readonly why: string;
  readonly about: 'filters' | 'orderBy';
  /** What to add; none where no index can serve it. */
  readonly missing: readonly MissingIndex[];
}

/** What is asked of one table, and which part of it is not served. */
interface Asked {
  readonly meta: EntityMetadata;
  readonly seeks: readonly Seek[];
  readonly order: OrderAsked;
  readonly about: Unserved['about'];
}

/** Says what of a table no index serves, and which one would. */
export function whyUnserved(asked: Asked, database: Database): Unserved {
  const { meta, seeks, order, about } = asked;
  const never = whyNever(asked);
  if (never !== undefined) {
    return { why: never, about, missing: [] };
  }
  const index = missingIndex(meta, seeks, order, database);
  const filters = seeks.length > 0 ? `${namesOf(seeks)} of ${meta.className}` : meta.className;
  return { why: filters + orderText(order), about, missing: index ? [index] : [] };
}

/** Why no index could serve it. */
function whyNever({ meta: { className }, seeks, order }: Asked): string | undefined {
  const nowhere = seeks.filter(({ kind }) => kind === 'nowhere');
  if (nowhere.length > 0) {
    return `what is asked of ${namesOf(nowhere)} of ${className}`;
  }
  const ranges = rangesOf(seeks);
  const [range] = ranges;
  if (ranges.length > 1) {
    return `ranges of ${namesOf(ranges)} of ${className} at once`;
  }
  if (order.kind === 'related') {
    return `the order of ${order.path} for ${className}, which has it in another table`;
  }
  return range && order.kind === 'by columns' && order.columns[0]?.column !== range.columns[0]
    ? `a range of ${range.name} of ${className} in an order that does not begin with ${range.name}`
    : undefined;
}

/** The ranges that no value narrows to a place. */
function rangesOf(seeks: readonly Seek[]): readonly Seek[] {
  const bound = new Set(seeks.filter(({ kind }) => kind !== 'range').flatMap(({ columns }) => columns));
  const ranges = seeks.filter(({ kind, columns }) => kind === 'range' && !columns.some(column => bound.has(column)));
  return [...new Map(ranges.map(seek => [seek.name, seek])).values()];
}

function namesOf(seeks: readonly Seek[]): string {
  return [...new Set(seeks.map(({ name }) => name))].join(', ');
}

function orderText(order: OrderAsked): string {
  const columns = order.kind === 'by columns' ? order.columns.filter(({ isKey }) => !isKey) : [];
  const names = columns.map(({ name, descending }) => (descending ? `${name} DESC` : name));
  return names.length > 0 ? ` in the order ${names.join(', ')}` : '';
}

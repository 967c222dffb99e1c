import type { IndexTraits } from '../dialects/index-traits.ts';
import type { OrderAsked, Seek, Sorted } from './question.ts';
import type { IndexColumn, TableIndex } from './table-index.ts';

/** Conditions as an index has them. */
interface Places {
  /** Columns that are one value, several, or null. */
  readonly bound: ReadonlyMap<string, 'value' | 'values' | 'null'>;
  readonly range?: Seek | undefined;
}

/** Whether all rows are found by values of a key: no more than there are values, whatever else is asked of them. */
export function findsByKey({ unique }: TableIndex, seeks: readonly Seek[]): boolean {
  const known = new Set(
    seeks.filter(({ kind }) => kind === 'value' || kind === 'values').flatMap(seek => seek.columns),
  );
  return unique !== undefined && unique.length > 0 && unique.every(column => known.has(column));
}

/**
 * Whether an index leads to the rows and to no others, in the order that is asked for: its first columns are bound, in any
 * order; the next one is the range, or the order begins there.
 * @param given columns that are one value in each row of the entity
 */
export function serves(
  index: TableIndex,
  seeks: readonly Seek[],
  order: OrderAsked,
  traits: IndexTraits,
  given: ReadonlySet<string>,
): boolean {
  const places = placesOf(seeks, index.assumed === true);
  const rest = places && behindBound(index, places.bound, given);
  if (!rest || (places.range && !leadsTo(rest[0], places.range, index))) {
    return false;
  }
  if (index.sparse && !seeks.some(({ kind }) => kind === 'value' || kind === 'values' || kind === 'range')) {
    return false;
  }
  const left = orderLeft([...places.bound.values()], order, traits);
  if (left.kind !== 'by columns') {
    return left.kind === 'none';
  }
  const wanted = left.columns.filter(({ column }) => !places.bound.has(column));
  // Rows that are alike in all that was asked for are sorted by key when they were found, as in the default order.
  const isDefault = wanted.every(({ isKey }) => isKey) && seeks.length > 0;
  return isDefault || givesOrder(index, rest, wanted, traits, places.range !== undefined);
}

/** What an index must give of an order: rows that were found in several places are sorted then. */
export function orderLeft(
  kinds: readonly Seek['kind'][],
  order: OrderAsked,
  { nullIsConstant }: IndexTraits,
): OrderAsked {
  const isSorted = kinds.some(kind => kind === 'values' || (kind === 'null' && !nullIsConstant));
  return isSorted ? { kind: 'none' } : order;
}

/** None when no index can have them all: one range fits, and what leads nowhere only into an index that is declared. */
function placesOf(seeks: readonly Seek[], assumed: boolean): Places | undefined {
  const bound = new Map<string, 'value' | 'values' | 'null'>();
  const ranges = new Map<string, Seek>();
  for (const seek of seeks) {
    if (seek.kind === 'nowhere' && !assumed) {
      return undefined;
    }
    for (const column of seek.columns) {
      if (seek.kind === 'range') {
        ranges.set(column, seek);
      } else if (bound.get(column) !== 'value') {
        bound.set(column, seek.kind === 'nowhere' ? 'values' : seek.kind);
      }
    }
  }
  const open = [...ranges].filter(([column]) => !bound.has(column));
  return open.length > 1 ? undefined : { bound, range: open[0]?.[1] };
}

/** The columns of an index behind those that are bound; none when one that is bound is not at its beginning. */
function behindBound(
  { columns }: TableIndex,
  bound: Places['bound'],
  given: ReadonlySet<string>,
): readonly IndexColumn[] | undefined {
  const missing = new Set(bound.keys());
  let passed = 0;
  for (const { name, cut, collation } of columns) {
    const fits = collation === undefined && (missing.delete(name) || given.has(name));
    if (!fits) {
      break;
    }
    passed += 1;
    if (cut) {
      return missing.size === 0 ? [] : undefined;
    }
  }
  return missing.size === 0 ? columns.slice(passed) : undefined;
}

function leadsTo(column: IndexColumn | undefined, { columns, collation }: Seek, { assumed }: TableIndex): boolean {
  return column !== undefined && columns[0] === column.name && (assumed === true || column.collation === collation);
}

/** Whether columns of an index are in the order that is asked for, from one end or from the other. */
function givesOrder(
  index: TableIndex,
  columns: readonly IndexColumn[],
  wanted: readonly Sorted[],
  traits: IndexTraits,
  withRange: boolean,
): boolean {
  const ways = wanted.map((sorted, i) => wayOf(columns[i], sorted, index, traits));
  if (withRange && ways[0] === 'backward' && isMixed(index) && !traits.reversesDescending) {
    return false;
  }
  const given = ways.findIndex(way => way === undefined || way !== ways[0]);
  const sortsTies = given > 0 && (index.assumed === true || traits.sortsTies);
  return given < 0 || (sortsTies && wanted.slice(given).every(({ isKey }) => isKey));
}

function isMixed({ columns }: TableIndex): boolean {
  return columns.some(({ descending }) => descending);
}

/** Which way an index is read for a part of an order; `undefined` when it does not give it. */
function wayOf(
  column: IndexColumn | undefined,
  sorted: Sorted,
  { assumed }: TableIndex,
  { nullsLargest }: IndexTraits,
): 'forward' | 'backward' | undefined {
  if (column?.name !== sorted.column || column.cut || column.collation !== undefined) {
    return undefined;
  }
  const backward = column.descending !== sorted.descending;
  const nullsFit = !nullsLargest || (column.nullsFirst !== backward) === sorted.nullsFirst;
  if (assumed) {
    return 'forward';
  }
  return nullsFit ? (backward ? 'backward' : 'forward') : undefined;
}

import type { OrderColumn } from '../translate/order.ts';
import { filteredRelations } from './order-joins.ts';
import { type Position, positionOf } from './position.ts';
import { readPositions } from './read-positions.ts';
import type { HostFindOptions, Run } from './run.ts';

/** Where the first and the last of some rows stand. */
export interface Edges {
  readonly first: Position | undefined;
  readonly last: Position | undefined;
}

/**
 * Where rows begin and end: as their entities hold it, or else as the database has it now. A row that has gone meanwhile
 * leaves the edge to its neighbour, next to which the others stand all the same; where all have gone there is none.
 */
export async function edgesOf<T extends object>(
  run: Run<T>,
  order: readonly OrderColumn[],
  rows: readonly object[],
  options: HostFindOptions<T>,
): Promise<Edges> {
  const filtered = await filteredRelations(run, order, options);
  const ends = rows.filter((_, i) => i === 0 || i === rows.length - 1);
  const held = ends.map(row => positionOf(run.query, order, row, filtered));
  if (held.every(position => position !== undefined)) {
    return { first: held[0], last: held.at(-1) };
  }
  const found = await readPositions(run, order, ends, filtered, options);
  const all = found.length < ends.length && ends.length < rows.length;
  const positions = all ? await readPositions(run, order, rows, filtered, options) : found;
  return { first: positions[0], last: positions.at(-1) };
}

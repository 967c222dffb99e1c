import { propertyOf } from '../definition/entity-metadata.ts';
import { predicate } from '../dialects/column-sql.ts';
import type { OrderColumn } from '../translate/order.ts';
import { type RowSource, isFiltered, throughRelation } from '../translate/row-source.ts';
import { type Where, behind } from '../translate/to-where.ts';
import type { Run } from './run.ts';

/** The relations of an order, as paths, through which filters of the EntityManager leave entities out of joins. */
export async function filteredRelations<T extends object>(
  { em, entity, query }: Run<T>,
  order: readonly OrderColumn[],
  options: RowSource['options'],
): Promise<ReadonlySet<string>> {
  const source = { em, meta: em.getMetadata().get(entity), options };
  const keys = new Set(query.model.primaryKey.map(({ path }) => path));
  const filtered = new Set<string>();
  for (const { field } of query.dialect.joins ? order : []) {
    const relations = field.keyOf === undefined ? field.relations : [field.keyOf];
    if (relations.length > 0 && !keys.has(field.path) && (await isAnyFiltered(source, relations))) {
      filtered.add(relations.join('.'));
    }
  }
  return filtered;
}

async function isAnyFiltered(owner: RowSource, [relation, ...rest]: readonly string[]): Promise<boolean> {
  if (relation === undefined) {
    return false;
  }
  const target = throughRelation(owner, relation);
  // A relation may have filters of its own, which turn others on or off.
  const hasOwn = propertyOf(owner.meta, relation)?.filters !== undefined;
  return hasOwn || (await isFiltered(target)) || isAnyFiltered(target, rest);
}

/**
 * Conditions on the relations of an order that always hold. The host lays the EntityManager's filters on the relations of
 * conditions, but not on those of an order alone, which would tell something of rows that nobody may see.
 */
export function joinsOf(order: readonly OrderColumn[], filtered: ReadonlySet<string>): readonly Where[] {
  const joined = order.filter(({ field }) => field.relations.length > 0 && filtered.has(field.relations.join('.')));
  return joined.map(({ field }) => behind(field.relations, predicate('1 = 1', [])));
}

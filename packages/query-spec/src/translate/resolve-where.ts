import type { Translation } from '../definition/prepared-query.ts';
import type { Condition, Quantified, Size } from '../spec/ast.ts';
import { membersOf } from '../spec/ast.ts';
import { linkTestOf } from './link-test.ts';
import { comparisonByKeys, linkedByKeys } from './related-keys.ts';
import { linkedBySubquery } from './related-subquery.ts';
import type { RowSource } from './row-source.ts';
import { type Where, groupWhere, toWhere } from './to-where.ts';

/** Whether a condition can be translated by itself: without asking for related rows, or for the filters on them. */
export function isSelfContained({ dialect, model }: Translation, condition: Condition): boolean {
  return dialect.joins && (model.collections.size === 0 || !asksForCollection(condition));
}

function asksForCollection(condition: Condition): boolean {
  return condition.kind !== 'comparison' && ('relation' in condition || membersOf(condition).some(asksForCollection));
}

/**
 * Translates any condition, or its complement. What it says of related entities becomes a subquery, or, in a database
 * without joins, the keys of those that match. The EntityManager's filters hold for them as well.
 * @throws QuerySpecError `TOO_COMPLEX` where keys are asked for and more than 10,000 match
 */
export async function resolveWhere(
  query: Translation,
  condition: Condition,
  source: RowSource,
  negated = false,
): Promise<Where> {
  switch (condition.kind) {
    case 'comparison':
      return query.dialect.joins
        ? toWhere(query, condition, negated)
        : comparisonByKeys(query, condition, source, negated);
    case 'not':
      return resolveWhere(query, condition.condition, source, !negated);
    case 'and':
    case 'or':
      return groupWhere(condition.kind, await resolveMembers(query, condition.conditions, source, negated), negated);
    case 'some':
    case 'none':
    case 'every':
    case 'size':
      return collectionWhere(query, condition, source, negated);
  }
}

/** One after the other: a transaction has one connection. */
async function resolveMembers(
  query: Translation,
  conditions: readonly Condition[],
  source: RowSource,
  negated: boolean,
): Promise<readonly Where[]> {
  const members: Where[] = [];
  for (const condition of conditions) {
    members.push(await resolveWhere(query, condition, source, negated));
  }
  return members;
}

async function collectionWhere(
  query: Translation,
  condition: Quantified | Size,
  source: RowSource,
  negated: boolean,
): Promise<Where> {
  const target = query.model.collections.get(condition.relation);
  if (!target) {
    throw new RangeError(`${condition.relation} is not filterable`);
  }
  const test = linkTestOf(condition, negated);
  const whereOf = (inner: RowSource): Promise<Where> =>
    test.kind === 'count'
      ? Promise.resolve({})
      : resolveWhere({ ...query, model: target.inner }, test.condition, inner, test.negated);
  const link = { collection: target.collection, test, whereOf };
  return query.dialect.joins ? linkedBySubquery(query.dialect, link, source) : linkedByKeys(link, source);
}

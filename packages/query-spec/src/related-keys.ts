import type { EntityManager, EntityMetadata } from '@mikro-orm/core';

import type { Comparison, Condition } from './ast.ts';
import { propertyOf, targetOf } from './entity-metadata.ts';
import type { Field } from './field.ts';
import { holdsForNull, testsFor } from './matchers.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { QuerySpecError } from './query-spec-error.ts';
import { type Where, anyTest, toWhere } from './to-where.ts';

/** Keys that one comparison may bring from another collection. More would not fit a statement well. */
const MOST_KEYS = 10_000;

/** Where and how the keys at the other end of a relation are asked for. */
export interface KeySource {
  readonly em: EntityManager;
  readonly meta: EntityMetadata;
  /** The host's options of the call, which hold for these reads too. */
  readonly options: object;
}

/**
 * Translates a condition for a database without joins: what it says of another entity is turned into the keys of those
 * that match, nearest to the end of the path first. The EntityManager's filters hold for them as well.
 * @throws QuerySpecError `TOO_COMPLEX` when a comparison matches more than 10,000 of another collection.
 */
export async function toWhereWithoutJoins(
  query: PreparedQuery,
  condition: Condition,
  source: KeySource,
  negated = false,
): Promise<Where> {
  if (condition.kind === 'comparison') {
    return comparisonWhere(query, condition, source, negated);
  }
  if (condition.kind === 'not') {
    return toWhereWithoutJoins(query, condition.condition, source, !negated);
  }
  const members: Where[] = [];
  for (const member of condition.conditions) {
    members.push(await toWhereWithoutJoins(query, member, source, negated));
  }
  return (condition.kind === 'and') === negated ? { $or: members } : { $and: members };
}

async function comparisonWhere(
  query: PreparedQuery,
  comparison: Comparison,
  source: KeySource,
  negated: boolean,
): Promise<Where> {
  const field = query.model.filterable.get(comparison.field)?.field;
  const [relation, ...rest] = field?.segments ?? [];
  if (!field || relation === undefined || rest.length === 0) {
    return toWhere(query, comparison, negated);
  }
  // A relation that leads nowhere is null: it is in the complement, so the keys asked for are those it does not hold for.
  const isComplement = query.nulls === 'two-valued' && holdsForNull(comparison, negated);
  const tests = testsFor(comparison, isComplement ? !negated : negated, isComplement ? 'none' : query.nulls);
  const keys = await keysOf(query, { ...field, segments: rest }, tests, throughRelation(source, relation));
  return { [relation]: isComplement ? { $nin: keys } : { $in: keys } };
}

async function keysOf(
  query: PreparedQuery,
  field: Field,
  tests: Parameters<typeof anyTest>[2],
  source: KeySource,
): Promise<readonly unknown[]> {
  const [relation, ...rest] = field.segments;
  if (relation === undefined || rest.length === 0) {
    return fetchKeys(source, anyTest(query, field, tests), field.path);
  }
  const inner = await keysOf(query, { ...field, segments: rest }, tests, throughRelation(source, relation));
  return fetchKeys(source, { [relation]: { $in: inner } }, field.path);
}

async function fetchKeys({ em, meta, options }: KeySource, where: Where, path: string): Promise<readonly unknown[]> {
  const [key = ''] = meta.primaryKeys;
  const fields: readonly string[] = [key];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host wants literals of a known entity
  const window = { fields: fields as readonly never[], limit: MOST_KEYS + 1, disableIdentityMap: true };
  const found: object[] = await em.find(meta.class, where, { ...options, ...window });
  if (found.length > MOST_KEYS) {
    const message = `More than ${MOST_KEYS} rows match what is said of ${path}; narrow it.`;
    throw new QuerySpecError('TOO_COMPLEX', message, { pointer: '/filters' });
  }
  return found.map(entity => Reflect.get(entity, key));
}

function throughRelation(source: KeySource, relation: string): KeySource {
  const property = propertyOf(source.meta, relation);
  const target = property && targetOf(property);
  if (!target) {
    throw new RangeError(`${relation} is no relation`);
  }
  return { ...source, meta: target };
}

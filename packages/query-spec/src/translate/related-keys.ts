import { Collection, type EntityMetadata, type EntityProperty, Reference, Utils, helper } from '@mikro-orm/core';

import { propertyOf } from '../definition/entity-metadata.ts';
import type { Field } from '../definition/field.ts';
import type { Translation } from '../definition/prepared-query.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Comparison } from '../spec/ast.ts';
import type { CountTest } from './link-test.ts';
import type { Link } from './link.ts';
import { holdsForNull, testsFor } from './matchers.ts';
import { type RowSource, isFiltered, throughRelation } from './row-source.ts';
import { type Where, anyTest, toWhere } from './to-where.ts';
import { unnamed } from './unnamed-cache.ts';

/** Keys that one condition may bring from another collection. More would not fit a statement well. */
const MOST_KEYS = 10_000;

/**
 * Translates a comparison for a database without joins: what it says of another entity is turned into the keys of those
 * that match, nearest to the end of the path first.
 * @throws QuerySpecError `TOO_COMPLEX` when it matches more than 10,000 of another collection.
 */
export async function comparisonByKeys(
  query: Translation,
  comparison: Comparison,
  source: RowSource,
  negated: boolean,
): Promise<Where> {
  const field = query.model.filterable.get(comparison.field)?.field;
  if (!field || field.relations.length === 0) {
    return toWhere(query, comparison, negated);
  }
  // A relation that leads nowhere is null: it is in the complement, so the keys asked for are those it does not hold for.
  const complement = query.nulls === 'two-valued' && holdsForNull(comparison, negated);
  const tests = testsFor(comparison, complement ? !negated : negated, complement ? 'none' : query.nulls);
  const end: Field = { ...field, relations: [] };
  return overRelations(field.relations, source, field.path, complement, () =>
    Promise.resolve(anyTest(query, end, tests)),
  );
}

/** Translates a test of links: they are in the array of a many-to-many relation's owner, or in the related documents. */
export function linkedByKeys(link: Link, source: RowSource): Promise<Where> {
  const { collection, test } = link;
  return overRelations(collection.relations, source, collection.path, test.complement, (owner, complement) =>
    test.kind === 'count' ? countedLinks(link, test.tests, owner, complement) : existingLinks(link, owner, complement),
  );
}

/** A condition on the entity at the end of a path of to-one relations, or its complement, by the keys of those it holds for. */
async function overRelations(
  [relation, ...rest]: readonly string[],
  source: RowSource,
  path: string,
  complement: boolean,
  whereOf: (end: RowSource, complement: boolean) => Promise<Where>,
): Promise<Where> {
  if (relation === undefined) {
    return whereOf(source, complement);
  }
  const target = throughRelation(source, relation);
  return linkedTo(source, relation, await overRelations(rest, target, path, false, whereOf), path, complement);
}

async function existingLinks({ collection, whereOf }: Link, owner: RowSource, complement: boolean): Promise<Where> {
  const { property, path } = collection;
  return linkedTo(owner, property.name, await whereOf(throughRelation(owner, property.name)), path, complement);
}

/** The side of a relation that holds it is asked by the keys of the other; that other side, by the keys that name it. */
async function linkedTo(
  owner: RowSource,
  relation: string,
  where: Where,
  path: string,
  complement: boolean,
): Promise<Where> {
  const target = throughRelation(owner, relation);
  const mappedBy = propertyOf(owner.meta, relation)?.mappedBy;
  if (mappedBy === undefined) {
    return oneOf(relation, await keysOf(target, where, path), complement);
  }
  const related = await fetchFew(target, where, mappedBy, path);
  const keys = related.flatMap(entity => primaryKeysOf(Reflect.get(entity, mappedBy)));
  return oneOf(keyOf(owner.meta), [...new Set(keys)], complement);
}

/** Of an entity, a reference to one, a collection of them, or nothing. */
function primaryKeysOf(relation: unknown): readonly unknown[] {
  if (relation instanceof Collection) {
    return relation.getItems(false).flatMap(primaryKeysOf);
  }
  return Utils.isEntity(relation, true) ? [helper(Reference.unwrapReference(relation)).getPrimaryKey()] : [];
}

/** The part of the driver that counts. */
interface AggregatingDriver {
  aggregate(entity: unknown, pipeline: readonly object[], transaction: unknown): Promise<readonly object[]>;
}

async function countedLinks(
  { collection }: Link,
  tests: readonly CountTest[],
  owner: RowSource,
  complement: boolean,
): Promise<Where> {
  const { property, path } = collection;
  const target = throughRelation(owner, property.name);
  const visible = (await isFiltered(target)) ? await keysOf(target, {}, path) : undefined;
  const links = property.owner
    ? ownLinks(property, target.meta, visible)
    : foreignLinks(property, target.meta, visible);
  const counts = [
    { $group: { _id: '$_id.owner', count: { $sum: 1 } } },
    {
      $match: {
        $or: tests.map(test => ({ $and: test.map(([operator, operand]) => ({ count: { [operator]: operand } })) })),
      },
    },
    { $limit: MOST_KEYS + 1 },
  ];
  const { em, options } = owner;
  const driver: AggregatingDriver = em.getDriver();
  const from = property.owner ? owner.meta : target.meta;
  const found = await driver.aggregate(from.class, [...links, ...counts], options.ctx ?? em.getTransactionContext());
  requireFew(found, path);
  return oneOf(
    keyOf(owner.meta),
    found.map(group => Reflect.get(group, '_id')),
    complement,
  );
}

/** A link for each element of an owner's array that leads to a document, once. */
function ownLinks(
  { fieldNames: [field] }: EntityProperty,
  target: EntityMetadata,
  visible: Keys | undefined,
): object[] {
  return [
    { $project: { link: `$${field}` } },
    { $unwind: '$link' },
    ...(visible ? [{ $match: { link: { $in: visible } } }] : []),
    { $lookup: { from: target.tableName, localField: 'link', foreignField: '_id', as: 'related' } },
    { $match: { 'related.0': { $exists: true } } },
    { $group: { _id: { owner: '$_id', link: '$link' } } },
  ];
}

/** A link for each reference that a related document holds, once. */
function foreignLinks({ mappedBy }: EntityProperty, target: EntityMetadata, visible: Keys | undefined): object[] {
  const field = propertyOf(target, mappedBy)?.fieldNames[0];
  return [
    ...(visible ? [{ $match: { _id: { $in: visible } } }] : []),
    { $project: { owner: `$${field}` } },
    { $unwind: '$owner' },
    { $group: { _id: { owner: '$owner', link: '$_id' } } },
  ];
}

type Keys = readonly unknown[];

function oneOf(property: string, keys: Keys, complement: boolean): Where {
  return { [property]: complement ? { $nin: keys } : { $in: keys } };
}

async function keysOf(source: RowSource, where: Where, path: string): Promise<Keys> {
  const key = keyOf(source.meta);
  const found = await fetchFew(source, where, key, path);
  return found.map(entity => Reflect.get(entity, key));
}

async function fetchFew(
  { em, meta, options }: RowSource,
  where: Where,
  field: string,
  path: string,
): Promise<object[]> {
  const fields: readonly string[] = [field];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host wants literals of a known entity
  const window = { fields: fields as readonly never[], limit: MOST_KEYS + 1, disableIdentityMap: true };
  const found: object[] = await em.find(meta.class, where, { ...unnamed(options), ...window });
  requireFew(found, path);
  return found;
}

function requireFew(found: readonly object[], path: string): void {
  if (found.length > MOST_KEYS) {
    const message = `More than ${MOST_KEYS} rows match what is said of ${path}; narrow it.`;
    throw new QuerySpecError('TOO_COMPLEX', message, { pointer: '/filters' });
  }
}

function keyOf(meta: EntityMetadata): string {
  return meta.primaryKeys[0] ?? '';
}

import { type EntityManager, type EntityProperty, raw } from '@mikro-orm/core';

import { propertyOf } from '../definition/entity-metadata.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { CountTest } from './link-test.ts';
import type { Link } from './link.ts';
import { type RowSource, throughRelation } from './row-source.ts';
import { type Where, behind } from './to-where.ts';

/** The part of the host's SQL EntityManager that makes statements. */
interface SqlManager extends EntityManager {
  createQueryBuilder(entity: unknown, alias: string): QueryBuilder;
}

interface QueryBuilder {
  select(fields: readonly string[]): QueryBuilder;
  where(where: object): QueryBuilder;
  groupBy(fields: readonly string[]): QueryBuilder;
  having(sql: string, params: readonly number[]): QueryBuilder;
  withSchema(schema: string): QueryBuilder;
  applyFilters(filters: unknown): Promise<void>;
  applyJoinedFilters(em: EntityManager, filters: unknown): Promise<void>;
  toQuery(): Sql;
}

interface Sql {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** Where the links of a relation are kept. */
interface LinkTable {
  readonly entity: unknown;
  /** The property that refers to the owner, and the columns that it is made of. */
  readonly owner: EntityProperty;
  /** Column of the related key, where one column is enough to count it once. */
  readonly counted?: string | undefined;
}

/** No alias of the host's looks like it. */
const LINKS = 'query_spec_links';

/**
 * Translates a test of links into EXISTS over a derived table: it has two values, whatever is null, and databases make a
 * semi-join or an anti-join of it.
 */
export async function linkedBySubquery(dialect: Dialect, link: Link, source: RowSource): Promise<Where> {
  const { relations, property } = link.collection;
  const owner = sqlSource(relations.reduce(throughRelation, source));
  const table = linkTable(owner, property);
  const { sql, params } = await linkRows(dialect, owner, link, table);
  const on = table.owner.joinColumns.map((column, i) => {
    const key = table.owner.referencedColumnNames[i] ?? column;
    return `${LINKS}.${quoted(dialect, column)} = [::alias::].${quoted(dialect, key)}`;
  });
  const exists = `exists (select 1 from (${sql}) as ${LINKS} where ${on.join(' and ')})`;
  return behind(relations, fragment(link.test.complement ? `not ${exists}` : exists, params));
}

function linkTable({ em, meta }: SqlSource, property: EntityProperty): LinkTable {
  const { targetMeta, pivotEntity, joinColumns, inverseJoinColumns, mappedBy } = property;
  if (!pivotEntity) {
    const inverse = targetMeta && propertyOf(targetMeta, mappedBy);
    return { entity: targetMeta?.class, owner: requireProperty(inverse, meta.className, property.name) };
  }
  const owner = Object.values(em.getMetadata().get(pivotEntity).properties).find(
    ({ joinColumns: columns }) => String(columns) === String(joinColumns),
  );
  const counted = inverseJoinColumns.length === 1 ? inverseJoinColumns[0] : undefined;
  return { entity: pivotEntity, owner: requireProperty(owner, meta.className, property.name), counted };
}

/** The links that count, by the columns that name their owner. */
async function linkRows(dialect: Dialect, owner: SqlSource, { collection, test, whereOf }: Link, table: LinkTable) {
  const { property } = collection;
  const target = sqlSource(throughRelation(owner, property.name));
  const related = await matching(target, await whereOf(target));
  const links = property.pivotEntity
    ? statement(owner, table.entity).where(among(dialect, property.inverseJoinColumns, related, target))
    : related;
  const rows = links.select([table.owner.name]);
  if (test.kind === 'linked to') {
    return rows.toQuery();
  }
  const count = table.counted === undefined ? 'count(*)' : `count(distinct ${quoted(dialect, table.counted)})`;
  const having = test.tests.map(one => countSql(count, one));
  return rows
    .groupBy([table.owner.name])
    .having(
      having.map(({ sql }) => `(${sql})`).join(' or '),
      having.flatMap(({ params }) => params),
    )
    .toQuery();
}

/** Related entities that satisfy a condition and the EntityManager's filters. */
async function matching(source: SqlSource, where: Where): Promise<QueryBuilder> {
  const filters = source.options.filters ?? {};
  const builder = statement(source, source.meta.class).where(where);
  await builder.applyFilters(filters);
  await builder.applyJoinedFilters(source.em, filters);
  return builder;
}

function among(dialect: Dialect, columns: readonly string[], related: QueryBuilder, { meta }: SqlSource): Where {
  const { sql, params } = related.select(meta.primaryKeys).toQuery();
  const names = columns.map(column => `[::alias::].${quoted(dialect, column)}`).join(', ');
  return fragment(`(${names}) in (${sql})`, params);
}

const SIGNS: Readonly<Record<CountTest[number][0], string>> = {
  $eq: '=',
  $ne: '<>',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
};

function countSql(count: string, test: CountTest): { readonly sql: string; readonly params: readonly number[] } {
  return {
    sql: test.map(([operator]) => `${count} ${SIGNS[operator]} ?`).join(' and '),
    params: test.map(([, operand]) => operand),
  };
}

interface SqlSource extends RowSource {
  readonly em: SqlManager;
}

function sqlSource(source: RowSource): SqlSource {
  const { em } = source;
  if (!isSqlManager(em)) {
    throw new RangeError('The EntityManager of a database with joins makes statements');
  }
  return { ...source, em };
}

function isSqlManager(em: EntityManager): em is SqlManager {
  return typeof Reflect.get(em, 'createQueryBuilder') === 'function';
}

function statement({ em, options }: SqlSource, entity: unknown): QueryBuilder {
  const builder = em.createQueryBuilder(entity, 'q0');
  return typeof options.schema === 'string' ? builder.withSchema(options.schema) : builder;
}

function fragment(sql: string, params: readonly unknown[]): Where {
  return { [raw(sql, [...params]).key]: [] };
}

function quoted({ quote = '"' }: Dialect, name: string): string {
  return quote + name.replaceAll(quote, quote + quote).replaceAll('?', '\\?') + quote;
}

function requireProperty(property: EntityProperty | undefined, owner: string, name: string): EntityProperty {
  if (!property) {
    throw new RangeError(`The other side of ${owner}.${name} is not known`);
  }
  return property;
}

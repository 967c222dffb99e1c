import { type EntityManager, type EntityMetadata, raw } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import { namedColumn } from '../dialects/column-sql.ts';
import { ownColumn } from '../indexes/column-names.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { ColumnTest } from '../translate/matchers.ts';
import { type OrderColumn, toOrderBy } from '../translate/order.ts';
import { type Where, anyTest } from '../translate/to-where.ts';
import { unnamed } from '../translate/unnamed-cache.ts';
import { joinsOf } from './order-joins.ts';
import { type Position, positionValue, valueIn } from './position.ts';
import { type HostFindOptions, type Run, contextOf } from './run.ts';

/** The part of the host's SQL drivers that makes statements. */
interface SqlDriver {
  createQueryBuilder(
    entity: unknown,
    transaction: unknown,
    connectionType: unknown,
    convertCustomTypes: boolean,
    loggerContext: object,
    alias: string | undefined,
    em: EntityManager,
  ): QueryBuilder;
  getSchemaName(meta: EntityMetadata, options: { schema: string | undefined }): string | undefined;
}

interface QueryBuilder {
  readonly alias: string;
  readonly helper: { replaceAliases(sql: string, alias: string): string };
  select(fields: readonly unknown[]): QueryBuilder;
  where(where: object): QueryBuilder;
  orderBy(orderBy: object): QueryBuilder;
  withSchema(schema: string | undefined): QueryBuilder;
  cache(cache: unknown): QueryBuilder;
  setAbortOptions(options: object): void;
  ensureTPTJoins(): void;
  applyJoinedFilters(em: EntityManager, filters: unknown): Promise<void>;
  getAliasForJoinPath(path: string): string | undefined;
  execute(method: 'all', options: { mapResults: false }): Promise<readonly object[]>;
}

/**
 * Where rows stand now, as the database has it and in its order: those of them that are still there. The order is that of
 * the rows' own statement, with the same joins and filters of the EntityManager on them.
 */
export async function readPositions<T extends object>(
  run: Run<T>,
  order: readonly OrderColumn[],
  rows: readonly object[],
  filtered: ReadonlySet<string>,
  options: HostFindOptions<T>,
): Promise<readonly Position[]> {
  const { em, entity, query } = run;
  const meta = em.getMetadata().get(entity);
  const builder = statementOf(run, meta, options).select(meta.primaryKeys);
  // Columns of the tables that an entity's own one extends are found from here on.
  builder.ensureTPTJoins();
  builder.where({ $and: [anyOf(query, rows), ...joinsOf(order, filtered)] }).orderBy(toOrderBy(query.dialect, order));
  builder.select(order.map(({ field }, i) => raw(`${textSql(query, meta, builder, field)} as k${i}`)));
  await builder.applyJoinedFilters(em, options.filters ?? {});
  const found = await builder.execute('all', { mapResults: false });
  if (found.length > rows.length) {
    throw rowsOfOneKey(meta);
  }
  return found.map(row => order.map(({ field }, i) => positionValue(query.dialect, field, Reflect.get(row, `k${i}`))));
}

function statementOf<T extends object>(
  { em, entity, spec }: Run<T>,
  meta: EntityMetadata,
  options: HostFindOptions<T>,
): QueryBuilder {
  const { loggerContext, logging, ctx, connectionType, schema, signal, inflightQueryAbortStrategy } = contextOf(
    spec,
    options,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only SQL's dialects read columns
  const driver = em.getDriver() as unknown as SqlDriver;
  const transaction: unknown = ctx ?? em.getTransactionContext();
  const context = { ...em.getLoggerContext(), ...loggerContext, ...logging };
  const builder = driver.createQueryBuilder(entity, transaction, connectionType, true, context, undefined, em);
  builder.setAbortOptions({ signal, inflightQueryAbortStrategy });
  const { cache } = unnamed(options);
  return (cache === undefined ? builder : builder.cache(cache)).withSchema(
    driver.getSchemaName(meta, { schema: schema ?? em.schema }),
  );
}

/** By their primary keys, as the entities have them. */
function anyOf(query: PreparedQuery, rows: readonly object[]): Where {
  const conditions = rows.map(row => ({
    $and: query.model.primaryKey.map(field => {
      const value = valueIn(field, row);
      return anyTest(query, field, [query.dialect.stored.holds(field, value) ? isEqual(value) : isReadAs(value)]);
    }),
  }));
  return { $or: conditions };
}

function isEqual(value: unknown): ColumnTest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of an own type it may be any value, which the host writes
  return { $eq: value as string };
}

/** What the host reads as this: an instant without its microseconds, or an integer rounded to the 53 bits of a float. */
function isReadAs(value: unknown): ColumnTest {
  if (value instanceof Date) {
    return { $gte: value, $lt: new Date(value.getTime() + 1) };
  }
  const rounded = BigInt(String(value));
  const around = 2n ** BigInt(Math.max(rounded.toString(2).replace('-', '').length - 53, 0));
  return { $gte: rounded - around, $lte: rounded + around };
}

/** The expression that reads a column, behind the alias of the join that the order uses. */
function textSql({ dialect }: PreparedQuery, meta: EntityMetadata, builder: QueryBuilder, field: Field): string {
  const { quote = '"', stored } = dialect;
  const place = ownColumn(meta, field.relations, field.name);
  const column = namedColumn(place.column, quote);
  const alias = builder.getAliasForJoinPath([meta.className, ...place.relations].join('.'));
  return builder.helper.replaceAliases(stored.select?.(field, column) ?? column, alias ?? builder.alias);
}

/** The host takes such rows for one. */
function rowsOfOneKey(meta: EntityMetadata): QuerySpecError {
  const message = `Cannot page past rows of ${meta.className} whose keys the host reads as one; declare a key that it reads whole.`;
  return new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/orderBy' });
}

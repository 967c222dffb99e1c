import { type EntityMetadata, type EntityProperty, type Platform, ReferenceKind } from '@mikro-orm/core';

import type { Dialect } from '../dialects/dialect.ts';
import type { IndexTraits } from '../dialects/index-traits.ts';
import { columnNames } from './column-names.ts';
import type { LinkTable } from './index-catalog.ts';
import { type OrderAsked, type Seek, type Sorted, keyColumns } from './question.ts';

/** An index to add, for the developer. */
export interface MissingIndex {
  /** Class name of the entity that needs it. */
  readonly entity: string;
  /** As the database will call it. */
  readonly name: string;
  /** The properties in their order. */
  readonly properties: readonly string[];
  /** The option of the entity, as MikroORM has it: `indexes: [{ properties: ['country', 'population'] }]`. */
  readonly code: string;
}

/** Where the index is added. */
export interface Database {
  readonly dialect: Dialect;
  readonly platform: Platform;
}

/** What is known of a column of the index to add. */
interface Part {
  readonly name: string;
  readonly column: string;
  readonly descending?: boolean;
  readonly nullsFirst?: boolean;
  readonly collation?: string | undefined;
}

/**
 * The index that serves what is asked: what is bound, then the range, or else the order. None when there is no such index.
 */
export function missingIndex(
  meta: EntityMetadata,
  seeks: readonly Seek[],
  order: OrderAsked,
  database: Database,
): MissingIndex | undefined {
  if (order.kind === 'related' || seeks.some(({ kind, json }) => kind === 'nowhere' || json)) {
    return undefined;
  }
  const [ranges, bound] = [seeks.filter(isRange), seeks.filter(seek => !isRange(seek))];
  const sorted =
    order.kind === 'by columns' ? orderParts(meta, order.columns, ranges.length > 0, database.dialect) : [];
  const parts = new Map<string, Part>();
  for (const part of [...bound.flatMap(partsOf), ...sorted, ...ranges.flatMap(partsOf)]) {
    parts.set(part.column, parts.get(part.column) ?? part);
  }
  const table = tableWith([...parts.keys()], meta);
  return table && indexOf(table, [...parts.values()], database);
}

/** Of a class that has a table beside those of its ancestors, the one with all of the columns. */
function tableWith(columns: readonly string[], meta: EntityMetadata): EntityMetadata | undefined {
  const { tptParent, ownProps, props, root } = meta;
  if (root.inheritanceType !== 'tpt') {
    return meta;
  }
  const own = (tptParent && ownProps ? ownProps : props).flatMap(({ name }) => columnNames(meta, name));
  const known = new Set([...own, ...keyColumns(meta)]);
  return columns.every(column => known.has(column)) ? meta : tptParent && tableWith(columns, tptParent);
}

/** The index by which the links of a to-many relation are found. */
export function missingLinkIndex(
  { className }: EntityMetadata,
  { kind, name, mappedBy, targetMeta }: EntityProperty,
  { meta, columns }: LinkTable,
  platform: Platform,
): MissingIndex {
  const index = platform.getIndexName(meta.tableName, [...columns], 'index');
  if (kind === ReferenceKind.MANY_TO_MANY) {
    const [entity, property] = mappedBy ? [targetMeta?.className ?? '', mappedBy] : [className, name];
    return { entity, name: index, properties: [property], code: `${property}: { index: true }` };
  }
  const code = `indexes: [{ properties: [${written(mappedBy)}] }]`;
  return { entity: meta.className, name: index, properties: [mappedBy], code };
}

function isRange({ kind }: Seek): boolean {
  return kind === 'range';
}

function partsOf({ name, columns, collation }: Seek): readonly Part[] {
  return columns.map(column => ({ name, column, collation }));
}

/** An index that is read backward is as good: of the two, that with the primary key ascending, as databases append it. */
function orderParts(
  meta: EntityMetadata,
  columns: readonly Sorted[],
  withRange: boolean,
  { indexes }: Dialect,
): readonly Part[] {
  const isMixed = columns.some(({ descending }) => descending !== columns[0]?.descending);
  const isForward = withRange && isMixed && !indexes.reversesDescending;
  const backward = !isForward && columns.at(-1)?.descending === true;
  const length = isForward ? columns.length : lengthWithoutKey(meta, columns, indexes);
  return columns.slice(0, length).map(({ name, column, descending, nullsFirst }) => ({
    name,
    column,
    descending: descending !== backward,
    nullsFirst: nullsFirst !== backward,
  }));
}

/** The primary key at the end need not be there where ties are sorted, or where the database appends it in this order. */
function lengthWithoutKey(
  meta: EntityMetadata,
  columns: readonly Sorted[],
  { sortsTies, endWithKey }: IndexTraits,
): number {
  const length = columns.findLastIndex(({ isKey }) => !isKey) + 1;
  const [before, behind] = [columns.slice(0, length), columns.slice(length)].map(part =>
    part.map(({ column }) => column),
  );
  const appended = keyColumns(meta).filter(column => !before?.includes(column));
  const isAppended = endWithKey !== 'none' && String(behind) === String(appended);
  return length > 0 && (sortsTies || isAppended) ? length : columns.length;
}

function indexOf(meta: EntityMetadata, parts: readonly Part[], { dialect, platform }: Database): MissingIndex {
  const properties = [...new Set(parts.map(({ name }) => name))];
  const definition = definitionOf(properties, parts, dialect);
  const isPlain = definition.startsWith('properties') && !hasNamesake(meta, parts);
  const { nullsLargest } = dialect.indexes;
  const words = isPlain
    ? parts.map(({ column }) => column)
    : [...parts.flatMap(part => wordsOf(part, nullsLargest)), 'ordered'];
  const name = platform.getIndexName(meta.tableName, words, 'index');
  const code = `indexes: [{ ${isPlain ? '' : `name: ${written(name)}, `}${definition} }]`;
  return { entity: meta.className, name, properties, code };
}

/** The host's own names say nothing of directions and nulls, and would be alike. */
function wordsOf(part: Part, nullsLargest: boolean): readonly string[] {
  const { column, descending, collation } = part;
  const nulls = nullsOf(part, nullsLargest);
  return [
    column,
    ...(descending ? ['desc'] : []),
    ...(nulls === undefined ? [] : ['nulls', nulls]),
    ...(collation === undefined ? [] : [collation.toLowerCase()]),
  ];
}

/** Where nulls stand in a column, if it must be said: they are the largest of their own accord there, or the smallest. */
function nullsOf({ descending = false, nullsFirst = descending }: Part, nullsLargest: boolean) {
  return nullsLargest && nullsFirst !== descending ? (nullsFirst ? 'first' : 'last') : undefined;
}

/** Whether the host would call another index, in other directions or of a part of the rows, the same. */
function hasNamesake(meta: EntityMetadata, parts: readonly Part[]): boolean {
  const columns = String(parts.map(({ column }) => column));
  return meta.indexes.some(({ properties, columns: advanced = [] }) => {
    const names = advanced.length > 0 ? advanced.map(({ name }) => name) : [properties ?? []].flat();
    return String(names.flatMap(name => columnNames(meta, name))) === columns;
  });
}

/** Only properties of the entity itself are known to the types of the host. */
function definitionOf(properties: readonly string[], parts: readonly Part[], { indexes, joins }: Dialect): string {
  const isPlain = parts.every(
    ({ name, descending = false, nullsFirst = false, collation }) =>
      !name.includes('.') && !descending && (!indexes.nullsLargest || !nullsFirst) && collation === undefined,
  );
  if (isPlain) {
    return `properties: [${properties.map(written).join(', ')}]`;
  }
  if (!joins) {
    const keys = parts.map(({ column, descending }) => `${written(column)}: ${descending === true ? -1 : 1}`);
    return `options: { ${keys.join(', ')} }`;
  }
  return `columns: [${parts.map(part => columnOf(part, indexes.nullsLargest)).join(', ')}]`;
}

function columnOf(part: Part, nullsLargest: boolean): string {
  const { name, column, descending = false, collation } = part;
  const nulls = nullsOf(part, nullsLargest);
  const options = [
    `name: ${written(name.includes('.') ? column : name)}`,
    ...(descending ? [`sort: 'desc'`] : []),
    ...(nulls === undefined ? [] : [`nulls: '${nulls}'`]),
    ...(collation === undefined ? [] : [`collation: ${written(collation)}`]),
  ];
  return `{ ${options.join(', ')} }`;
}

/** Names of metadata, as a literal of TypeScript. */
function written(name: string): string {
  return `'${name.replace(/[\\']/g, '\\$&')}'`;
}

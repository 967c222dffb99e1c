import type { EntityMetadata } from '@mikro-orm/core';

import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { SortOrders } from '../spec/sort-orders.ts';
import { cutAtCollection } from './collection.ts';
import { primaryKeyOf } from './entity-metadata.ts';
import { type Field, inReferringColumn, populatePath, resolveField, resolveKey, selectPath } from './field.ts';
import { type FilterModel, GROUPS, resolveFilters } from './filter-model.ts';
import { requireOrderly } from './host-gaps.ts';
import type { QueryLimits } from './query-limits.ts';

/** What a query allows, resolved against its entity's metadata. */
export interface QueryModel extends FilterModel {
  readonly sortable: ReadonlyMap<string, Field>;
  /** By the fields of `sortable`. */
  readonly orders: SortOrders;
  readonly populatable: ReadonlySet<string>;
  /** Fields that a caller may choose. */
  readonly selectable: ReadonlySet<string>;
  readonly primaryKey: readonly Field[];
}

/** The allow-lists of a definition, without the types that guard them. */
export interface AllowLists {
  /** Fields whose strings compare by the database's own rules; `true` for all. */
  readonly native: ReadonlySet<string> | true;
  readonly filter: Readonly<Record<string, readonly string[] | undefined>>;
  readonly sort: readonly string[];
  readonly populate: readonly string[];
  readonly fields: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  /** Of JSON paths and lists in `filter`. */
  readonly types: Readonly<Record<string, unknown>>;
}

/**
 * Resolves the allow-lists.
 * @throws QuerySpecError `INVALID_DEFINITION` for a field, operator or relation that cannot be kept.
 */
export function resolveModel(meta: EntityMetadata, lists: AllowLists, limits: QueryLimits): QueryModel {
  const isNativePath = (path: string): boolean => isNative(lists, path);
  Object.entries(lists.aliases).forEach(([alias, path]) => requireAlias(meta, lists, alias, path));
  const sorts = lists.sort.map((path, i) => [path, sortable(meta, path, `/sort/${i}`, isNativePath(path))] as const);
  requireUsed(meta, lists);
  const { filter, aliases, types } = lists;
  return {
    ...resolveFilters(meta, { filter, aliases, types, isNative: isNativePath }, limits),
    sortable: new Map(sorts),
    orders: new SortOrders(lists.sort),
    populatable: new Set(lists.populate.map((path, i) => populatePath(meta, path, `/populate/${i}`))),
    selectable: new Set(lists.fields.map((path, i) => selectPath(meta, path, `/fields/${i}`))),
    primaryKey: primaryKey(meta, lists),
  };
}

/** An alias stands for a path that is listed somewhere, and hides none. */
function requireAlias(meta: EntityMetadata, lists: AllowLists, alias: string, path: string): void {
  const pointer = pointerTo('/aliases', alias);
  const listed = new Set([...Object.keys(lists.filter), ...lists.sort, ...lists.populate, ...lists.fields]);
  if (GROUPS.has(alias) || listed.has(alias)) {
    throw new QuerySpecError('INVALID_DEFINITION', `${quoted(alias)} is taken already at ${pointer}.`, { pointer });
  }
  if (!listed.has(path)) {
    const message = `${quoted(path)} of ${meta.className} at ${pointer} is not listed in filter, sort, populate or fields.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed: [...listed] });
  }
  const cut = cutAtCollection(meta, path, pointer);
  if (cut && cut.rest !== '' && !alias.startsWith(`${cut.collection.path}.`)) {
    const message = `${quoted(path)} is asked for inside ${cut.collection.path}: begin its alias with "${cut.collection.path}." at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
}

/** A type that is declared of nothing is a slip. */
function requireUsed(meta: EntityMetadata, { types, filter }: AllowLists): void {
  const unused = Object.keys(types).find(path => !Object.hasOwn(filter, path));
  if (unused !== undefined) {
    const pointer = pointerTo('/types', unused);
    const message = `${quoted(unused)} of ${meta.className} at ${pointer} is not listed in filter.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed: Object.keys(filter) });
  }
}

/** Without one there is no order that holds from page to page. */
function primaryKey(meta: EntityMetadata, lists: AllowLists): readonly Field[] {
  const names = primaryKeyOf(meta);
  if (names.length === 0) {
    throw new QuerySpecError('INVALID_DEFINITION', `${meta.className} has no primary key to order by.`);
  }
  return names.flatMap(name => resolveKey(meta, name, pointerTo('/primaryKey', name), isNative(lists, name)));
}

function isNative({ native }: AllowLists, path: string): boolean {
  return native === true || native.has(path);
}

function sortable(meta: EntityMetadata, path: string, pointer: string, native: boolean): Field {
  const field = resolveField(meta, path, pointer, native);
  if (field.lazy) {
    const message = `${field.path} is loaded lazily and cannot be sorted by at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
  if (field.property.customOrder) {
    const message = `${field.path} has an order of its own (customOrder), which not every database keeps, at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
  requireOrderly(meta, field, pointer);
  return inReferringColumn(meta, field);
}

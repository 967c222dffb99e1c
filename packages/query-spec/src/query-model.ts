import type { EntityMetadata } from '@mikro-orm/core';

import { primaryKeyOf } from './entity-metadata.ts';
import { type Field, populatePath, resolveField, resolveKey, selectPath } from './field.ts';
import { pointerTo, quoted } from './json-pointer.ts';
import { type Operator, OPERATORS, isOperator } from './operators.ts';
import type { QueryLimits } from './query-limits.ts';
import { QuerySpecError } from './query-spec-error.ts';

/** What a query allows, resolved against its entity's metadata. */
export interface QueryModel {
  /** Class name. */
  readonly entity: string;
  readonly filterable: ReadonlyMap<string, FilterableField>;
  readonly sortable: ReadonlyMap<string, Field>;
  readonly populatable: ReadonlySet<string>;
  /** Fields that a caller may choose. */
  readonly selectable: ReadonlySet<string>;
  /** Other names of paths. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly limits: QueryLimits;
  readonly primaryKey: readonly Field[];
}

/** A field and the operators that it may be filtered by. */
export interface FilterableField {
  readonly field: Field;
  readonly operators: ReadonlySet<Operator>;
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
}

/** The path that a caller's name stands for. */
export function pathOf({ aliases }: QueryModel, name: string): string {
  return aliases.get(name) ?? name;
}

const GROUPS: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/**
 * Resolves the allow-lists.
 * @throws QuerySpecError `INVALID_DEFINITION` for a field, operator or relation that cannot be kept.
 */
export function resolveModel(meta: EntityMetadata, lists: AllowLists, limits: QueryLimits): QueryModel {
  const filters = Object.entries(lists.filter).map(
    ([path, operators = []]) => [path, filterable(meta, path, operators, isNative(lists, path))] as const,
  );
  const sorts = lists.sort.map((path, i) => [path, sortable(meta, path, `/sort/${i}`, isNative(lists, path))] as const);
  return {
    entity: meta.className,
    filterable: new Map(filters),
    sortable: new Map(sorts),
    populatable: new Set(lists.populate.map((path, i) => populatePath(meta, path, `/populate/${i}`))),
    selectable: new Set(lists.fields.map((path, i) => selectPath(meta, path, `/fields/${i}`))),
    aliases: new Map(
      Object.entries(lists.aliases).map(([alias, path]) => [requireAlias(meta, lists, alias, path), path]),
    ),
    limits,
    primaryKey: primaryKey(meta, lists),
  };
}

/** An alias stands for a path that is listed somewhere, and hides none. */
function requireAlias(meta: EntityMetadata, lists: AllowLists, alias: string, path: string): string {
  const pointer = pointerTo('/aliases', alias);
  const listed = new Set([...Object.keys(lists.filter), ...lists.sort, ...lists.populate, ...lists.fields]);
  if (GROUPS.has(alias) || listed.has(alias)) {
    throw new QuerySpecError('INVALID_DEFINITION', `${quoted(alias)} is taken already at ${pointer}.`, { pointer });
  }
  if (!listed.has(path)) {
    const message = `${quoted(path)} of ${meta.className} at ${pointer} is not listed in filter, sort, populate or fields.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed: [...listed] });
  }
  return alias;
}

/** Without one there is no order that holds from page to page. */
function primaryKey(meta: EntityMetadata, lists: AllowLists): readonly Field[] {
  const names = primaryKeyOf(meta);
  if (names.length === 0) {
    throw new QuerySpecError('INVALID_DEFINITION', `${meta.className} has no primary key to order by.`);
  }
  return names.map(name => resolveKey(meta, name, pointerTo('/primaryKey', name), isNative(lists, name)));
}

function isNative({ native }: AllowLists, path: string): boolean {
  return native === true || native.has(path);
}

function filterable(
  meta: EntityMetadata,
  path: string,
  operators: readonly string[],
  native: boolean,
): FilterableField {
  const pointer = pointerTo('/filter', path);
  if (GROUPS.has(path)) {
    throw new QuerySpecError('INVALID_DEFINITION', `${quoted(path)} is a group and cannot be a field at ${pointer}.`, {
      pointer,
    });
  }
  const field = resolveField(meta, path, pointer, native);
  return { field, operators: new Set(operators.map((name, i) => suitable(field, name, pointerTo(pointer, i)))) };
}

function suitable(field: Field, name: string, pointer: string): Operator {
  const allowed = Object.keys(OPERATORS)
    .filter(isOperator)
    .filter(operator => field.kind.domains.has(OPERATORS[operator].domain));
  const operator = allowed.find(candidate => candidate === name);
  if (operator === undefined) {
    const message = `Operator ${quoted(name)} does not suit ${field.path} at ${pointer}; it takes ${allowed.join(', ')}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed });
  }
  return operator;
}

function sortable(meta: EntityMetadata, path: string, pointer: string, native: boolean): Field {
  const field = resolveField(meta, path, pointer, native);
  if (field.lazy) {
    const message = `${field.path} is loaded lazily and cannot be sorted by at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
  return field;
}

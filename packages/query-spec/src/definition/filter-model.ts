import type { EntityMetadata } from '@mikro-orm/core';

import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { type Operator, OPERATORS, isOperator } from '../spec/operators.ts';
import { QUANTIFIERS, type Quantifier, isQuantifier } from '../spec/quantifiers.ts';
import { type Collection, type CutPath, cutAtCollection } from './collection.ts';
import { type Field, resolveDeclared, resolveField } from './field.ts';
import type { QueryLimits } from './query-limits.ts';

/** What may be filtered by: of the entity itself, or of one at the other end of a to-many relation. */
export interface FilterModel {
  /** Class name. */
  readonly entity: string;
  readonly filterable: ReadonlyMap<string, FilterableField>;
  readonly collections: ReadonlyMap<string, FilterableCollection>;
  /** Other names of paths. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly limits: QueryLimits;
}

/** A field and the operators that it may be filtered by. */
export interface FilterableField {
  readonly field: Field;
  readonly operators: ReadonlySet<Operator>;
}

/** A to-many relation, what may be asked of it, and of the entities at its other end. */
export interface FilterableCollection {
  readonly collection: Collection;
  readonly quantifiers: ReadonlySet<Quantifier>;
  readonly inner: FilterModel;
}

/** The part of a definition that filters are resolved from. */
export interface FilterLists {
  readonly filter: Readonly<Record<string, readonly string[] | undefined>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Whether the strings of a field compare by the database's own rules. */
  readonly isNative: (path: string) => boolean;
  /** Declared types of JSON paths and lists. */
  readonly types: Readonly<Record<string, unknown>>;
}

/** Names that are groups on the wire and so no fields. */
export const GROUPS: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/** The path that a caller's name stands for. */
export function pathOf({ aliases }: Pick<FilterModel, 'aliases'>, name: string): string {
  return aliases.get(name) ?? name;
}

/**
 * Resolves the fields and to-many relations of a definition's `filter`.
 * @throws QuerySpecError `INVALID_DEFINITION` for a field or operator that cannot be kept
 */
export function resolveFilters(
  meta: EntityMetadata,
  lists: FilterLists,
  limits: QueryLimits,
  prefix = '',
): FilterModel {
  const entries = Object.entries(lists.filter).map(([path, operators = []]) => {
    const pointer = pointerTo('/filter', prefix + path);
    if (GROUPS.has(path)) {
      throw invalid(`${quoted(path)} is a group and cannot be a field at ${pointer}.`, pointer);
    }
    return { path, operators, pointer, cut: cutAtCollection(meta, path, pointer) };
  });
  const fields = entries.flatMap(({ path, operators, pointer, cut }) =>
    cut ? [] : [[path, filterable(fieldOf(meta, lists, path, prefix, pointer), operators, pointer)] as const],
  );
  const cuts = entries.flatMap(({ cut }) => (cut ? [cut] : []));
  const byCollection = Map.groupBy(cuts, ({ collection }) => collection.path);
  return {
    entity: meta.className,
    filterable: new Map(fields),
    collections: new Map(
      [...byCollection.values()].flatMap(group => (group[0] ? [collectionOf(group[0], lists, limits, prefix)] : [])),
    ),
    aliases: new Map(Object.entries(lists.aliases)),
    limits,
  };
}

function collectionOf(
  { collection, target }: CutPath,
  lists: FilterLists,
  limits: QueryLimits,
  prefix: string,
): readonly [string, FilterableCollection] {
  const { path } = collection;
  const pointer = pointerTo('/filter', prefix + path);
  const quantifiers = new Set(
    (lists.filter[path] ?? []).map((name, i) => quantifier(path, name, pointerTo(pointer, i))),
  );
  const inner = { ...lists, filter: behind(path, lists.filter), aliases: aliasesBehind(path, lists.aliases) };
  const asksInside = [...quantifiers].some(name => name !== 'size');
  const hasFields = Object.keys(inner.filter).length > 0;
  if (asksInside !== hasFields) {
    const missing = hasFields
      ? `${quoted(path)} itself, with some, none or every`
      : `fields of it, such as "${path}.…"`;
    throw invalid(`${quoted(path)} is a to-many relation: list ${missing} too at ${pointer}.`, pointer);
  }
  return [path, { collection, quantifiers, inner: resolveFilters(target, inner, limits, `${prefix}${path}.`) }];
}

/** The entries of a list that lie behind a path, by what follows it. */
function behind<V>(path: string, list: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  const start = `${path}.`;
  const entries = Object.entries(list).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(start.length), value]));
}

function aliasesBehind(path: string, aliases: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const inside = Object.entries(behind(path, aliases)).filter(([, of]) => of.startsWith(`${path}.`));
  return Object.fromEntries(inside.map(([alias, of]) => [alias, of.slice(path.length + 1)]));
}

function quantifier(path: string, name: string, pointer: string): Quantifier {
  if (!isQuantifier(name)) {
    const message = `Operator ${quoted(name)} does not suit ${path} at ${pointer}; it takes ${QUANTIFIERS.join(', ')}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed: QUANTIFIERS });
  }
  return name;
}

function fieldOf(
  meta: EntityMetadata,
  { types, isNative }: FilterLists,
  path: string,
  prefix: string,
  pointer: string,
): Field {
  const full = prefix + path;
  return Object.hasOwn(types, full)
    ? resolveDeclared(meta, path, pointer, types[full])
    : resolveField(meta, path, pointer, isNative(full));
}

function filterable(field: Field, operators: readonly string[], pointer: string): FilterableField {
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

function invalid(message: string, pointer: string): QuerySpecError {
  return new QuerySpecError('INVALID_DEFINITION', message, { pointer });
}

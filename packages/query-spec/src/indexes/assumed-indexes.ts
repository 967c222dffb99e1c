import type { EntityMetadata } from '@mikro-orm/core';

import { isToMany, isToOne } from '../definition/collection.ts';
import { isWholeKey, propertyOf, targetOf } from '../definition/entity-metadata.ts';
import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { columnNames } from './column-names.ts';
import type { TableIndex } from './table-index.ts';

/** Indexes that a definition declares, by the entity that has their fields. */
export type AssumedIndexes = ReadonlyMap<EntityMetadata, readonly TableIndex[]>;

/**
 * Resolves the indexes that a definition declares. They serve any order of their fields.
 * @throws QuerySpecError `INVALID_DEFINITION` for a field that is not there, or for fields of several entities
 */
export function assumedIndexes(meta: EntityMetadata, declared: readonly (readonly string[])[]): AssumedIndexes {
  const indexes = declared.map((paths, i) => assumedIndex(meta, paths, pointerTo('/assumeIndexed', i)));
  const byEntity = Map.groupBy(indexes, ({ owner }) => owner);
  return new Map([...byEntity].map(([owner, group]) => [owner, group.map(({ index }) => index)]));
}

function assumedIndex(meta: EntityMetadata, paths: readonly string[], pointer: string) {
  const places = paths.map((path, i) => placeOf(meta, path, pointerTo(pointer, i)));
  const [first] = places;
  if (!first || places.some(({ owner }) => owner !== first.owner)) {
    const message = `An index has one field or more, of one entity, at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
  const columns = places.flatMap(place => place.columns);
  const index: TableIndex = {
    columns: columns.map(name => ({ name, descending: false, nullsFirst: false })),
    assumed: true,
  };
  return { owner: first.owner, index };
}

interface Place {
  readonly owner: EntityMetadata;
  readonly columns: readonly string[];
}

function placeOf(meta: EntityMetadata, path: string, pointer: string): Place {
  const [name = '', ...rest] = path.split('.');
  const relation = propertyOf(meta, name);
  const target = relation && (isToOne(relation) || isToMany(relation)) ? targetOf(relation) : undefined;
  const isHeld = relation && target && isToOne(relation) && isWholeKey(target, rest.join('.'));
  if (target && rest.length > 0 && !isHeld) {
    return placeOf(target, rest.join('.'), pointer);
  }
  const columns = columnNames(meta, isHeld ? name : path);
  if (columns.length === 0) {
    const message = `Unknown field ${quoted(path)} of ${meta.className} at ${pointer}; an index needs a column.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
  return { owner: meta, columns };
}

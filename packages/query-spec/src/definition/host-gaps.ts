import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';

import { quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { requireTarget } from './collection.ts';
import { isWholeKey, primaryKeyOf, propertyOf } from './entity-metadata.ts';
import type { Field } from './field.ts';

/**
 * Refuses what MikroORM 7.2.1 compares another column for: a part of a key whose other parts have several columns each.
 * @throws QuerySpecError `INVALID_DEFINITION`
 */
export function requireOneColumnEach(meta: EntityMetadata, field: Field, pointer: string): void {
  const { target, property } = relationsOf(meta, field, pointer).at(-1) ?? {};
  const isKey = target !== undefined && primaryKeyOf(target).includes(field.property.name);
  if (isKey && (property?.joinColumns?.length ?? 0) > primaryKeyOf(target).length) {
    const what = `is in the key of ${target.className}, which has a relation of several columns: MikroORM compares another one of them`;
    throw invalid(meta, field, pointer, what);
  }
}

/**
 * Refuses orders that MikroORM 7.2.1 cannot write: through a relation that is in its owner's key, or through one of the table
 * that an entity's own one extends.
 * @throws QuerySpecError `INVALID_DEFINITION`
 */
export function requireOrderly(meta: EntityMetadata, field: Field, pointer: string): void {
  const [first, ...further] = relationsOf(meta, field, pointer);
  if (first && meta.tptParent && propertyOf(meta.tptParent, first.property.name)) {
    throw invalid(
      meta,
      field,
      pointer,
      `goes through a relation of ${meta.tptParent.className}: MikroORM does not sort so`,
    );
  }
  const through = further.find(({ property, target }) => property.primary && !isWholeKey(target, field.property.name));
  if (through) {
    const { owner, property } = through;
    throw invalid(
      meta,
      field,
      pointer,
      `goes through ${owner.className}.${property.name}, which is in a key: MikroORM does not sort so`,
    );
  }
}

interface PassedRelation {
  readonly owner: EntityMetadata;
  readonly property: EntityProperty;
  readonly target: EntityMetadata;
}

function relationsOf(meta: EntityMetadata, { relations }: Field, pointer: string): readonly PassedRelation[] {
  const passed: PassedRelation[] = [];
  for (const name of relations) {
    const owner = passed.at(-1)?.target ?? meta;
    const property = propertyOf(owner, name);
    if (property) {
      passed.push({ owner, property, target: requireTarget(owner, property, pointer) });
    }
  }
  return passed;
}

function invalid({ className }: EntityMetadata, { path }: Field, pointer: string, what: string): QuerySpecError {
  return new QuerySpecError('INVALID_DEFINITION', `${quoted(path)} of ${className} at ${pointer} ${what}.`, {
    pointer,
  });
}

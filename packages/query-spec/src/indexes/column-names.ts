import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { isToOne } from '../definition/collection.ts';
import { primaryKeyOf, propertyOf, targetOf } from '../definition/entity-metadata.ts';

/**
 * The columns of what an index names: a property, a path into an embeddable or into JSON. None when there is no such, or
 * another entity has them.
 */
export function columnNames(meta: EntityMetadata, path: string): readonly string[] {
  const whole = propertyOf(meta, path);
  if (whole && isHeldElsewhere(whole)) {
    return [];
  }
  if (whole) {
    return whole.embeddedPath ? [whole.embeddedPath.join('.')] : (whole.fieldNames ?? []);
  }
  const [first = '', ...rest] = path.split('.');
  let property = propertyOf(meta, first);
  while (property?.kind === ReferenceKind.EMBEDDED && !property.object && rest.length > 0) {
    property = property.embeddedProps[rest.shift() ?? ''];
  }
  const [column] = property?.fieldNames ?? [];
  if (!property || column === undefined || rest.length === 0) {
    return property?.fieldNames ?? [];
  }
  return isToOne(property) ? [] : [[column, ...rest].join('.')];
}

/** Whether another table has the columns of a relation. */
function isHeldElsewhere({ kind, mappedBy, pivotEntity }: EntityProperty): boolean {
  const isInverse = kind !== ReferenceKind.MANY_TO_ONE && Boolean(mappedBy);
  return isInverse || (kind === ReferenceKind.MANY_TO_MANY && Boolean(pivotEntity));
}

/** A column where its values are kept: of the entity itself where a relation's own columns hold them. */
export interface OwnColumn {
  readonly relations: readonly string[];
  readonly column: string;
}

/**
 * Where the values of a property behind to-one relations are kept: the key at the other end of a relation is in the columns
 * of that relation, and the host asks for it there.
 */
export function ownColumn(
  meta: EntityMetadata,
  relations: readonly string[],
  name: string,
  keys: readonly string[] = [],
): OwnColumn {
  const owners = [meta];
  for (const relation of relations) {
    const property = propertyOf(owners.at(-1) ?? meta, relation);
    const target = property && targetOf(property);
    owners.push(...(target ? [target] : []));
  }
  const owner = owners.at(-1) ?? meta;
  const column = [columnNames(owner, name)[0] ?? name, ...keys].join('.');
  return throughKeys(owners, relations, name, column);
}

function throughKeys(
  owners: readonly EntityMetadata[],
  relations: readonly string[],
  name: string,
  column: string,
): OwnColumn {
  const [owner, before] = [owners.at(-1), owners.at(-2)];
  const relation = relations.at(-1);
  if (!owner || !before || relation === undefined || !primaryKeyOf(owner).includes(name)) {
    return { relations, column };
  }
  const link = propertyOf(before, relation);
  const held = link?.fieldNames?.[link.referencedColumnNames.indexOf(column)];
  return held === undefined
    ? { relations, column }
    : throughKeys(owners.slice(0, -1), relations.slice(0, -1), relation, held);
}

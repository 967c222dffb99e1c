import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { propertyOf } from '../definition/entity-metadata.ts';
import type { Field } from '../definition/field.ts';

/**
 * What the host is to load for the fields that were chosen: these, what a cursor stands on, and populated relations whole.
 * The key always comes. An embeddable is named by its columns too, without which MongoDB's driver leaves it out.
 */
export function chosenFields(
  meta: EntityMetadata,
  chosen: readonly string[],
  populate: readonly string[],
  read: readonly Field[],
): readonly never[] {
  const columns = chosen.flatMap(path => embeddedColumns(meta, path));
  const names = read.map(({ relations: [relation], name }) => relation ?? name);
  const reads = names.filter(name => propertyOf(meta, name)?.primary !== true);
  const fields: readonly string[] = [...chosen, ...columns, ...reads, ...populate.map(path => `${path}.*`)];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host wants literals; the model checked the paths
  return [...new Set(fields)] as readonly string[] as readonly never[];
}

/** The host's own properties of what a path leads to inside an embeddable. */
function embeddedColumns(meta: EntityMetadata, path: string): readonly string[] {
  const [first = '', ...rest] = path.split('.');
  const property = propertyOf(meta, first);
  if (!property || !isFlat(property)) {
    return [];
  }
  return columnsOf(rest.reduce((owner, name) => owner.embeddedProps[name] ?? owner, property));
}

function columnsOf(property: EntityProperty): readonly string[] {
  return isFlat(property) ? Object.values(property.embeddedProps).flatMap(columnsOf) : [property.name];
}

/** Whether it is an embeddable with columns of the owner, not JSON. */
function isFlat({ kind, object, array }: EntityProperty): boolean {
  return kind === ReferenceKind.EMBEDDED && !object && !array;
}

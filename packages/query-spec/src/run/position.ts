import { Reference, Utils, helper } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import { isReadItsOwnWay } from '../definition/own-reading.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Value } from '../spec/ast.ts';
import type { OrderColumn } from '../translate/order.ts';

/** Where a row stands in an order: its values of the order's columns. */
export type Position = readonly PositionValue[];

export type PositionValue = Value | Stored | null;

/** What no input may say, or what the host does not read whole: a text in which the database has it. */
export interface Stored {
  readonly stored: string;
}

export function isStored(value: PositionValue): value is Stored {
  return typeof value === 'object' && value !== null && 'stored' in value;
}

/** Where an entity stands in an order; `undefined` when it does not hold all that its row does. */
export function positionOf(
  query: PreparedQuery,
  order: readonly OrderColumn[],
  entity: object,
  filtered: ReadonlySet<string>,
): Position | undefined {
  const position: PositionValue[] = [];
  for (const { field } of order) {
    // Of a relation to what is filtered out the host leaves nothing.
    const isHeld = isOfEntity(query, field) && !(field.keyOf !== undefined && filtered.has(field.keyOf));
    const value = isHeld ? heldValue(query, field, entity) : undefined;
    if (value === undefined) {
      return undefined;
    }
    position.push(value);
  }
  return position;
}

/** Whether entities can hold all of a column; the others are the database's to read. */
export function isOfEntity({ dialect, model }: PreparedQuery, field: Field): boolean {
  const isOwn = field.relations.length === 0 || model.primaryKey.some(({ path }) => path === field.path);
  return dialect.stored.select === undefined || (isOwn && !isReadItsOwnWay(field.property));
}

function heldValue({ dialect }: PreparedQuery, field: Field, entity: object): PositionValue | undefined {
  const value = valueIn(field, entity);
  if (value === null || value === undefined) {
    return null;
  }
  if (dialect.stored.select === undefined) {
    return positionValue(dialect, field, value);
  }
  return dialect.stored.holds(field, value) ? readStored(field, value) : undefined;
}

/** What an entity has at a field. A relation in a primary key is read as that key, an ObjectId as its digits. */
export function valueIn(field: Field, entity: object): unknown {
  const value = field.path.split('.').reduce<unknown>(memberOf, entity);
  const key: unknown = Utils.isEntity(value, true) ? helper(Reference.unwrapReference(value)).getPrimaryKey() : value;
  return isObjectId(key) ? key.toHexString() : key;
}

/** A relation that is mapped to its key is that key. */
function memberOf(owner: unknown, name: string): unknown {
  if (typeof owner !== 'object' || owner === null || isObjectId(owner)) {
    return owner;
  }
  return Reflect.get(Utils.isEntity(owner, true) ? Reference.unwrapReference(owner) : owner, name);
}

/** MongoDB's own class, of whichever copy of its driver. */
function isObjectId(value: unknown): value is { toHexString(): string } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'toHexString') === 'function';
}

/**
 * What a row or a cursor holds of a column.
 * @throws QuerySpecError `UNSUPPORTED_KEYSET` for what no position can be made of
 */
export function positionValue({ stored }: PreparedQuery['dialect'], field: Field, value: unknown): PositionValue {
  if (value === null) {
    return null;
  }
  const read = stored.select && isReadItsOwnWay(field.property) ? undefined : readStored(field, value);
  const text = read === undefined ? stored.textOf(field, value) : undefined;
  if (text !== undefined) {
    return { stored: text };
  }
  if (read === undefined) {
    throw unpageable(field);
  }
  return read;
}

/** A value of the field's type as a row, the database or a cursor has it. */
export function readStored({ kind }: Field, value: unknown): Value | undefined {
  return kind.readStored ? kind.readStored(value) : kind.read(value);
}

/** For a row that no position can be made of, rather than one that loses or repeats rows. */
function unpageable({ path }: Field): QuerySpecError {
  const message = `Cannot page by ${path}: a row holds a value there that is none of the column's type.`;
  return new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/orderBy' });
}

import { type EntityProperty, Utils } from '@mikro-orm/core';

import * as kinds from './value-kind.ts';
import type { ValueKind } from './value-kind.ts';

/**
 * The names under which the host knows its types: short ones after discovery, those of its classes before, and those of
 * JavaScript's where a property was declared by its runtime type.
 */
const KIND_BY_TYPE: ReadonlyMap<string, ValueKind> = new Map([
  ...['integer', 'smallint', 'tinyint', 'mediumint', 'number', 'Number'].map(name => [name, kinds.integer] as const),
  ...['IntegerType', 'SmallIntType', 'TinyIntType', 'MediumIntType'].map(name => [name, kinds.integer] as const),
  ...['double', 'DoubleType'].map(name => [name, kinds.float] as const),
  ...['float', 'FloatType'].map(name => [name, kinds.single] as const),
  ...['ObjectId'].map(name => [name, kinds.objectId] as const),
  ...['bigint', 'BigIntType'].map(name => [name, kinds.bigint] as const),
  ...['boolean', 'Boolean', 'BooleanType'].map(name => [name, kinds.boolean] as const),
  ...['string', 'text', 'character', 'String'].map(name => [name, kinds.text] as const),
  ...['StringType', 'TextType', 'CharacterType'].map(name => [name, kinds.text] as const),
  ...['uuid', 'UuidType'].map(name => [name, kinds.uuid] as const),
  ...['date', 'DateType'].map(name => [name, kinds.date] as const),
  ...['datetime', 'Date', 'DateTimeType'].map(name => [name, kinds.instant] as const),
]);

/** How a scalar property's values come in, or `undefined` for a type that this package does not know. */
export function valueKindOf(property: EntityProperty): ValueKind | undefined {
  if (property.array) {
    return undefined;
  }
  if (property.enum) {
    return kinds.oneOf(enumItems(property.items));
  }
  const names = typeNames(property);
  return names.includes('decimal') || names.includes('DecimalType')
    ? kinds.decimal(property.precision)
    : ofColumn(
        property,
        names.map(name => KIND_BY_TYPE.get(name)).find(kind => kind !== undefined),
      );
}

/** A column's own type, where a declaration has one, tells more than that of the class: `columnType: 'uuid'`. */
function ofColumn(property: EntityProperty, kind: ValueKind | undefined): ValueKind | undefined {
  // Before discovery there is one, if any, and after it a list.
  const type: unknown = property.columnTypes?.[0] ?? Reflect.get(property, 'columnType');
  const declared = typeof type === 'string' ? type.toLowerCase() : '';
  if (kind === kinds.text && declared === 'uuid') {
    return kinds.uuid;
  }
  return kind === kinds.integer && declared.startsWith('double') ? kinds.float : kind;
}

/** Before discovery the items may still be behind a function: `p.enum(() => Status)`. */
function enumItems(items: unknown): readonly (string | number)[] {
  const values: unknown[] = Array.isArray(items)
    ? items
    : typeof items === 'function'
      ? Utils.extractEnumValues(items())
      : [];
  return values.filter(item => typeof item === 'string' || typeof item === 'number');
}

/** The type's name, and those of the host's types that an application's own one extends, nearest first. */
export function typeNames({ type, customType }: EntityProperty): readonly string[] {
  // Before discovery a type may still be a class or an instance of one.
  const declared: unknown = customType ?? type;
  if (typeof declared === 'string') {
    return [declared];
  }
  const named = typeof type === 'string' ? [type] : [];
  return [...named, ...(typeof declared === 'function' ? classNames(declared) : classNames(declared?.constructor))];
}

function classNames(type: unknown): readonly string[] {
  return typeof type === 'function' && type.name !== '' ? [type.name, ...classNames(Object.getPrototypeOf(type))] : [];
}

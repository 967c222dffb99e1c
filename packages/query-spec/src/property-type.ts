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
  ...['float', 'double', 'FloatType', 'DoubleType'].map(name => [name, kinds.float] as const),
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
  const type = typeName(property.type);
  if (property.array) {
    return undefined;
  }
  if (property.enum) {
    return kinds.oneOf(enumItems(property.items));
  }
  return type === 'decimal' || type === 'DecimalType' ? kinds.decimal(property.precision) : KIND_BY_TYPE.get(type);
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

/** Before discovery a type may still be a class or an instance of one. */
function typeName(type: unknown): string {
  if (typeof type === 'string') {
    return type;
  }
  return typeof type === 'function' ? type.name : (type?.constructor.name ?? '');
}

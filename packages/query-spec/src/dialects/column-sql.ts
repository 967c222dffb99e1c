import { raw } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import type { Leaf } from './dialect.ts';

/** A predicate in SQL with its parameters, as the host takes it. Names come from metadata, values go in as parameters. */
export function predicate(sql: string, values: readonly unknown[]): Leaf {
  return { [raw(sql, [...values]).key]: [] };
}

/** A field's column, behind the alias that its entity has in the statement. */
export function columnOf({ column, property }: Field, quote: string): string {
  return namedColumn(column ?? property.fieldNames[0] ?? property.name, quote);
}

/** A column by its name, behind the alias that its entity has in the statement. */
export function namedColumn(name: string, quote: string): string {
  return `[::alias::].${quote}${name.replaceAll(quote, quote + quote).replaceAll('?', '\\?')}${quote}`;
}

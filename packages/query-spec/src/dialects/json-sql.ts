import type { ElementType } from '../definition/declared-type.ts';

/** A JSON column, or a place inside one; or a column that holds a list. */
export interface JsonPlace {
  readonly column: string;
  readonly keys: readonly string[];
}

/** How a database's SQL looks into lists. Predicates are never null where the place is a list. */
export interface ListSql {
  /** A predicate that is never null: a list is there. */
  isList(place: JsonPlace): string;
  /** How many elements the list has. */
  length(place: JsonPlace): string;
  /** A predicate: one of so many values of this type is an element. */
  hasAny(place: JsonPlace, element: ElementType, values: number): string;
  /** A predicate: null is an element. */
  hasNull(place: JsonPlace): string;
  /** A value as the parameter of {@link ListSql.hasAny}. */
  parameter(value: unknown): unknown;
}

/** How a database's SQL looks into JSON. */
export interface JsonSql extends ListSql {
  /** The value: a text, a number, or the text `true` or `false`. Null when it is missing, null, or of another type. */
  value(place: JsonPlace, element: ElementType): string;
  /** The operand that a number is compared with. */
  readonly numberOperand: string;
  /** A predicate that is never null: a value of any type is there, and it is not null. */
  isPresent(place: JsonPlace): string;
}

/** A path as SQLite, MySQL and MariaDB write it, in quotes. Keys have no character that is special anywhere. */
export function jsonPath(keys: readonly string[]): string {
  return `'$${keys.map(key => `."${key}"`).join('')}'`;
}

/** So many parameters. */
export function placeholders(count: number, placeholder = '?'): string {
  return Array.from({ length: count }, () => placeholder).join(', ');
}

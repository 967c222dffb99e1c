import type { Field } from '../definition/field.ts';
import type { Operator } from '../spec/operators.ts';
import type { Test } from '../translate/matchers.ts';
import type { OrderColumn } from '../translate/order.ts';
import type { IndexTraits } from './index-traits.ts';

/** What a definition wants to do with a field. */
export type Use = Operator | 'sort';

/** A condition in the host's words on the entity that owns a field: its property, or a raw fragment, with a test. */
export type Leaf = { [key: string | symbol]: unknown };

/** A planner's answer to how many rows a statement has. */
export interface Explain {
  /** Stands before the statement. */
  readonly prefix: string;
  /** The number in the answer's rows. */
  readonly rowsIn: (answer: unknown) => number | undefined;
}

/** How the columns of an order stand in a cursor where an entity does not hold all of them. */
export interface StoredValues {
  /** Whether what the host reads of a column is all that it holds. */
  holds(field: Field, read: unknown): boolean;
  /** A value as a text in which nothing is lost, which itself stays as it is; `undefined` for none that the column can have. */
  textOf(field: Field, value: unknown): string | undefined;
  /** The column in SQL, read so that nothing is lost. Without it the entities of this database hold everything. */
  readonly select?: (field: Field, column: string) => string;
}

/** How one kind of database keeps the promises of this package. */
export interface Dialect {
  /** As its vendor writes it. */
  readonly name: string;
  /** Whether one statement can follow a relation; otherwise the keys at its other end are asked for first. */
  readonly joins: boolean;
  /** Whether rows can lack what a property requires: documents that another version of a program wrote. */
  readonly schemaless?: true;
  /** How the names of columns are quoted, where statements are SQL. */
  readonly quote?: '"' | '`';
  /** Why a field cannot be used so with the same rows as elsewhere, to follow the field's name; `undefined` if it can. */
  refusal(field: Field, use: Use): string | undefined;
  readonly stored: StoredValues;
  /** A test of a field as leaves, any of which may hold; none is never. */
  leaves(field: Field, test: Test): readonly Leaf[];
  /** How the planner is asked for a number of rows, where it knows one. */
  readonly explain?: Explain | undefined;
  /** A direction in the host's words, with nulls smallest. */
  direction(column: OrderColumn): string;
  readonly indexes: IndexTraits;
  /** Which indexes find the texts that start with something: those of the column, of this collation alone, or none. */
  prefixIndex(field: Field): 'any' | { readonly collation: string } | undefined;
}

/** Whether rows can have null for a field, or nothing. */
export function canBeNull({ schemaless }: Dialect, { nullable, property }: Field): boolean {
  return nullable || (schemaless === true && !property.primary);
}

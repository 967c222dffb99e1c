import type { Field } from '../definition/field.ts';
import type { StoredTest } from '../translate/matchers.ts';
import { columnOf, predicate } from './column-sql.ts';
import type { Leaf, StoredValues } from './dialect.ts';

/** How a database's SQL reads columns so that nothing is lost, and compares them with what it read. */
export interface StoredSql {
  /** Whether what the host reads of a column is all that it holds. */
  readonly holds: (field: Field, read: unknown) => boolean;
  /** The column as a text, or as a number that the driver does not round. */
  readonly select: (field: Field, column: string) => string;
  /** Whether the column can hold what a text says that no input may say. */
  readonly isText: (field: Field, text: string) => boolean;
  /** What the column is compared with; `?` stands for the text. */
  readonly operand: (field: Field) => string;
  /** The text as a parameter. Default: as it is. */
  readonly parameter?: (text: string) => unknown;
}

const SIGNS: Readonly<Record<StoredTest['is'], string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };

export function storedValues(sql: StoredSql): StoredValues {
  return {
    holds: sql.holds,
    select: sql.select,
    textOf(field, value) {
      const text = typeof value === 'number' ? String(value) : value;
      return typeof text === 'string' && (field.kind.read(text) !== undefined || sql.isText(field, text))
        ? text
        : undefined;
    },
  };
}

/** Compares the column itself, past the host's types: an index serves it. */
export function storedLeaf(sql: StoredSql, quote: string, field: Field, { stored, is }: StoredTest): Leaf {
  const parameter = sql.parameter?.(stored) ?? stored;
  return predicate(`${columnOf(field, quote)} ${SIGNS[is]} ${sql.operand(field)}`, [parameter]);
}

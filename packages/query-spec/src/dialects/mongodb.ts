import type { Field } from '../definition/field.ts';
import { type ColumnTest, type Test, isColumnTest } from '../translate/matchers.ts';
import type { TextTest } from '../translate/text-test.ts';
import type { Dialect, Leaf, Use } from './dialect.ts';
import { declaredDocument } from './mongodb-declared.ts';
import { patternOf } from './mongodb-pattern.ts';
import { storedDocument, storedInDocuments } from './mongodb-stored.ts';
import { ownTextRefusal } from './own-text.ts';

/**
 * MongoDB. Its own comparison is the rule that the others follow: nulls and what is missing are smallest and alike, and
 * strings compare by their bytes. https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 */
export const mongodb: Dialect = {
  name: 'MongoDB',
  joins: false,
  schemaless: true,
  refusal: refusalOf,
  stored: storedInDocuments,
  leaves: leavesOf,
  direction: ({ direction }) => direction,
  // https://www.mongodb.com/docs/manual/tutorial/sort-results-with-indexes/; keys of other collections are asked for first.
  indexes: {
    endWithKey: 'none',
    sortsTies: false,
    semiJoins: true,
    mergesDescending: true,
    reversesDescending: true,
    nullIsConstant: false,
    nullsLargest: false,
    indexesForeignKeys: false,
    ofDocuments: true,
  },
  prefixIndex: ({ declared, kind }) => (declared || kind.name !== 'text' ? undefined : 'any'),
};

function leavesOf(field: Field, test: Test): readonly Leaf[] {
  if (field.declared) {
    return [declaredDocument(field, field.declared, test)];
  }
  if ('match' in test) {
    return [textLeaf(field, test)];
  }
  if ('stored' in test) {
    return [storedDocument(field, test)];
  }
  return isColumnTest(test) ? [columnLeaf(field, test)] : [];
}

const EQUALITY: ReadonlySet<Use> = new Set<Use>(['eq', 'ne', 'in', 'nin', 'isNull']);

function refusalOf(field: Field, use: Use): string | undefined {
  if (use === 'isNull') {
    return undefined;
  }
  const rewritten = ownTextRefusal(field, use);
  if (rewritten !== undefined) {
    return rewritten;
  }
  if (field.relations.length > 0 && use === 'sort') {
    return 'is of another collection, which MongoDB cannot sort by with an index; keep a copy in the document, or sort by the key of the relation';
  }
  const probe = field.kind.name === 'bigint' ? '1' : '1.5';
  if (field.kind.name !== 'bigint' && field.kind.name !== 'decimal') {
    return undefined;
  }
  if (storesNumber(field, probe)) {
    return undefined;
  }
  const equal = field.kind.name === 'bigint' && EQUALITY.has(use);
  return equal ? undefined : 'is stored as a string in MongoDB; give the property a type that stores a number';
}

/** The host writes bigints and decimals as strings, unless a type of the application's own writes a BSON number. */
function storesNumber({ property, kind }: Field, probe: string): boolean {
  const type = property.customType;
  const platform = type?.platform;
  const stored: unknown =
    platform && type.convertToDatabaseValue(kind.name === 'bigint' ? BigInt(probe) : probe, platform);
  const bson = typeof stored === 'object' && stored !== null ? Reflect.get(stored, '_bsontype') : undefined;
  return typeof stored === 'number' || typeof stored === 'bigint' || bson === 'Long' || bson === 'Decimal128';
}

/** `$ne` and `$nin` hold for null here; a test of this package does not, unless it says so. */
function columnLeaf(field: Field, test: ColumnTest): Leaf {
  const name = field.name;
  const included = test['$eq'] ?? test['$in'];
  const excluded = test['$ne'] ?? test['$nin'];
  if (field.kind.name === 'decimal' && (included ?? excluded) !== undefined) {
    return included === undefined ? noDecimal(name, [excluded].flat()) : anyDecimal(name, [included].flat());
  }
  return { [name]: excluded === undefined ? { ...test } : { $nin: [...[excluded].flat(), null] } };
}

/** Decimals are equal as ranges: not every server of MongoDB's protocol finds 1.10 in a list with 1.1. */
function anyDecimal(name: string, values: readonly unknown[]): Leaf {
  return { $or: values.map(value => ({ [name]: { $gte: value, $lte: value } })) };
}

function noDecimal(name: string, values: readonly unknown[]): Leaf {
  return { $and: values.map(value => ({ $or: [{ [name]: { $lt: value } }, { [name]: { $gt: value } }] })) };
}

function textLeaf(field: Field, test: TextTest): Leaf {
  const pattern = patternOf(test);
  return { [field.name]: test.negated ? { $not: pattern, $ne: null } : pattern };
}

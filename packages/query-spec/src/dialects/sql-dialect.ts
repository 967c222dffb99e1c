import type { Field } from '../definition/field.ts';
import { type ColumnTest, type Test, isColumnTest } from '../translate/matchers.ts';
import { nextPrefix } from '../translate/prefix-range.ts';
import { type TextTest, holdsForAllText } from '../translate/text-test.ts';
import { columnOf, predicate } from './column-sql.ts';
import { declaredLeaf } from './declared-leaf.ts';
import type { Dialect, Explain, Leaf, Use } from './dialect.ts';
import type { IndexTraits } from './index-traits.ts';
import type { JsonSql, ListSql } from './json-sql.ts';
import { ownTextRefusal, storedText } from './own-text.ts';
import { type StoredSql, storedLeaf, storedValues } from './stored-sql.ts';
import { type TextSql, textSql } from './text-sql.ts';

/**
 * How a column compares strings: by code point; exactly but in another order; or folding some into one, as collations
 * that ignore case, accents or trailing spaces do.
 */
export type Comparing = 'by code point' | 'exactly' | 'folding';

/** What tells one SQL database from another. */
export interface SqlTraits {
  readonly name: string;
  readonly text: TextSql;
  /** What a column declared with this collation, or none, does. */
  comparing(collation: string | undefined): Comparing;
  /** Types of columns that compare texts by their collation alone. Default: all do. */
  readonly texts?: RegExp;
  /** A collation that orders by code point, for a message. */
  readonly orderedCollation: string;
  /** Refusals that do not come from strings. */
  refusal(field: Field, use: Use): string | undefined;
  /** Whether LIKE with a prefix is true wherever the exact prefix is, so that it can lead an index to the rows. */
  prefixLike(comparing: Comparing): boolean;
  readonly quote: '"' | '`';
  readonly json: JsonSql;
  readonly stored: StoredSql;
  /** Lists of the database's own, where it has them. */
  readonly array?: ListSql;
  readonly explain?: Explain;
  direction: Dialect['direction'];
  readonly indexes: IndexTraits;
}

const ORDER_USES: ReadonlySet<Use> = new Set<Use>(['gt', 'gte', 'lt', 'lte', 'between', 'notBetween', 'sort']);

/** A database that speaks SQL. */
export function sqlDialect(traits: SqlTraits): Dialect {
  return {
    name: traits.name,
    joins: true,
    quote: traits.quote,
    refusal: (field, use) => refusalOf(traits, field, use),
    stored: storedValues(traits.stored),
    leaves: (field, test) => leavesOf(traits, field, test),
    direction: traits.direction,
    explain: traits.explain,
    indexes: traits.indexes,
    prefixIndex: field => prefixIndex(traits, field),
  };
}

function leavesOf(traits: SqlTraits, field: Field, test: Test): readonly Leaf[] {
  if (field.declared) {
    return [declaredLeaf(traits, field, field.declared, test)];
  }
  if ('match' in test) {
    return textLeaves(traits, field, test);
  }
  if ('stored' in test) {
    return [storedLeaf(traits.stored, traits.quote, field, test)];
  }
  return isColumnTest(test) ? [columnLeaf(traits, field, test)] : [];
}

function refusalOf(traits: SqlTraits, field: Field, use: Use): string | undefined {
  if (field.declared) {
    return field.declared.storage.kind === 'array' && !traits.array
      ? `is a list that the host writes as text with commas on ${traits.name}, where one in an element cannot be told; declare it as JSON`
      : undefined;
  }
  if (field.kind.name === 'enum' && use === 'sort' && traits.name !== 'SQLite' && typeof enumItem(field) === 'string') {
    return `is an enum, which ${traits.name} does not sort by code point`;
  }
  const strange = field.native || use === 'isNull' ? undefined : strangeTexts(traits, field);
  if (strange !== undefined) {
    return strange;
  }
  const unordered = field.kind.name === 'text' && !field.native && ORDER_USES.has(use);
  if (unordered && traits.comparing(field.property.collation) !== 'by code point') {
    const what = field.property.collation ?? 'the default collation';
    return `has ${what}, which does not order by code point on ${traits.name}; declare ${traits.orderedCollation} for the column, or collation: 'native' in the definition`;
  }
  return ownTextRefusal(field, use) ?? traits.refusal(field, use);
}

/** Of a column type whose texts are not compared as texts are: padded, folded, or read as something else. */
function strangeTexts({ name, texts }: SqlTraits, { kind, property }: Field): string | undefined {
  const type = kind.name === 'text' ? property.columnTypes?.[0] : undefined;
  return type !== undefined && texts?.test(type) === false
    ? `is of the column type ${type}, which ${name} does not compare as text; declare varchar or text, or collation: 'native' in the definition`
    : undefined;
}

function enumItem(field: Field): unknown {
  const items: unknown = field.property.items;
  return Array.isArray(items) ? items[0] : undefined;
}

function columnLeaf(traits: SqlTraits, field: Field, test: ColumnTest): Leaf {
  const { $eq: only } = test;
  const plain: Leaf = { [field.name]: only === undefined ? test : only };
  const folds = field.kind.name === 'text' && !field.native && traits.comparing(field.property.collation) === 'folding';
  if (!folds) {
    return plain;
  }
  // Beside the exact test a native equality finds too many rows, by an index; a native inequality finds too few.
  const excludes = ('$ne' in test && test['$ne'] !== null) || '$nin' in test;
  return excludes ? exactLeaf(traits, field, test) : { ...plain, ...exactLeaf(traits, field, test) };
}

function exactLeaf({ text, quote }: SqlTraits, field: Field, test: ColumnTest): Leaf {
  const column = text.exact(columnOf(field, quote));
  const operands = Object.entries(test).flatMap(([operator, operand]) => {
    const values = [operand].flat().flatMap(value => (typeof value === 'string' ? [storedText(field, value)] : []));
    const sql = EXACT_SQL[operator];
    return sql && values.length > 0 ? [{ sql, values }] : [];
  });
  const leaves = operands.map(({ sql, values }) => {
    const list = values.map(() => text.exactOperand).join(', ');
    return predicate(`${column} ${sql} (${list})`, values);
  });
  return Object.assign({}, ...leaves);
}

const EXACT_SQL: Readonly<Record<string, string>> = { $eq: 'in', $in: 'in', $ne: 'not in', $nin: 'not in' };

function textLeaves(traits: SqlTraits, field: Field, test: TextTest): readonly Leaf[] {
  const { match, operand, negated } = test;
  if (holdsForAllText(test)) {
    return negated ? [] : [{ [field.name]: { $ne: null } }];
  }
  const comparing = traits.comparing(field.property.collation);
  if (match === 'startsWith' && !test.fold && !field.native && comparing === 'by code point') {
    return prefixRange(field, test);
  }
  const exact = exactText(traits, field, test);
  const leads = match === 'startsWith' && !test.fold && !negated && traits.prefixLike(comparing);
  return [leads ? { ...prefixLike(traits, field, operand), ...exact } : exact];
}

/** An index on the column serves a range. */
function prefixRange(field: Field, { operand, negated }: TextTest): readonly Leaf[] {
  const name = field.name;
  const next = nextPrefix(operand);
  if (!negated) {
    return [{ [name]: { $gte: operand, ...(next !== undefined && { $lt: next }) } }];
  }
  return [{ [name]: { $lt: operand } }, ...(next === undefined ? [] : [{ [name]: { $gte: next } }])];
}

/** LIKE needs an index that is ordered by code point where the column's own is not: only MySQL's folding ones are enough. */
function prefixIndex(traits: SqlTraits, field: Field): ReturnType<Dialect['prefixIndex']> {
  const comparing = traits.comparing(field.property.collation);
  if (field.declared || (comparing === 'by code point' && !field.native)) {
    return field.declared ? undefined : 'any';
  }
  const byCodePoint = traits.indexes.nullsLargest ? { collation: traits.orderedCollation.replaceAll('"', '') } : 'any';
  return traits.prefixLike(comparing) ? byCodePoint : undefined;
}

function prefixLike({ text, quote }: SqlTraits, field: Field, operand: string): Leaf {
  return predicate(`${columnOf(field, quote)} like ? escape '|'`, [`${text.likeSpelling.escape(operand)}%`]);
}

function exactText({ text, quote }: SqlTraits, field: Field, test: TextTest): Leaf {
  const { sql, values } = textSql(text, columnOf(field, quote), test);
  return predicate(sql, values);
}

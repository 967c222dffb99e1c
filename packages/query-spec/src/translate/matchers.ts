import type { Comparison, Operand, Value } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import type { Operator } from '../spec/operators.ts';
import type { TextMatch, TextTest } from './text-test.ts';

/** Operators of the host for one column, all of which must hold. Those but `$eq: null` do not hold for null. */
export type ColumnTest = Readonly<Record<`$${string}`, Operand>>;

/** What is asked of a list. Each of the two, asked and negated, holds for lists only. */
export interface ListTest {
  readonly list: 'has any' | 'has all' | 'is empty' | 'has length';
  readonly operand: Operand;
  readonly negated: boolean;
}

/** Whether a JSON path leads to a value of any type; a null there is none. */
export interface PresenceTest {
  readonly present: boolean;
}

/** A comparison with a text in which a database writes a value of a column, whatever the host's types make of it. */
export interface StoredTest {
  readonly stored: string;
  readonly is: '$eq' | '$gt' | '$gte' | '$lt' | '$lte';
}

/** What is asked of one column. */
export type Test = ColumnTest | TextTest | ListTest | PresenceTest | StoredTest;

/** Tells the tests that the host has operators for. */
export function isColumnTest(test: Test): test is ColumnTest {
  return !('match' in test || 'list' in test || 'present' in test || 'stored' in test);
}

/** A row matches when any of the tests does; none is never. */
export type Alternatives = readonly Test[];

/** When a comparison holds and when it fails, for columns that are not null: no row does both or neither. */
interface Matcher {
  holds(operand: Operand): Alternatives;
  fails(operand: Operand): Alternatives;
  /** Whether it holds for null; without this it does not, and so its complement does. */
  holdsForNull?(operand: Operand): boolean;
  /** Its tests say themselves whether they hold for null. */
  readonly coversNull?: true;
}

const IS_NULL: ColumnTest = { $eq: null };
const IS_NOT_NULL: ColumnTest = { $ne: null };

const eq: Matcher = {
  holds: value => (value === null ? [] : [{ $eq: value }]),
  fails: value => [{ $ne: value }],
  holdsForNull: value => value === null,
};

const anyOf: Matcher = {
  holds: list => (valuesOf(list).length === 0 ? [] : [{ $in: valuesOf(list) }]),
  fails: list => (valuesOf(list).length === 0 ? [IS_NOT_NULL] : [{ $nin: valuesOf(list) }]),
  holdsForNull: list => isList(list) && list.includes(null),
};

const isNull: Matcher = {
  holds: flag => (flag === true ? [] : [IS_NOT_NULL]),
  fails: flag => (flag === true ? [IS_NOT_NULL] : []),
  holdsForNull: flag => flag === true,
};

const between: Matcher = {
  holds: pair => [{ $gte: valuesOf(pair)[0] ?? null, $lte: valuesOf(pair)[1] ?? null }],
  fails: pair => [{ $lt: valuesOf(pair)[0] ?? null }, { $gt: valuesOf(pair)[1] ?? null }],
};

const MATCHERS: Readonly<Record<Operator, Matcher>> = {
  eq,
  ne: complementOf(eq),
  gt: { holds: value => [{ $gt: value }], fails: value => [{ $lte: value }] },
  gte: { holds: value => [{ $gte: value }], fails: value => [{ $lt: value }] },
  lt: { holds: value => [{ $lt: value }], fails: value => [{ $gte: value }] },
  lte: { holds: value => [{ $lte: value }], fails: value => [{ $gt: value }] },
  between,
  in: anyOf,
  nin: complementOf(anyOf),
  isNull,
  notBetween: complementOf(between),
  contains: text('contains', false),
  startsWith: text('startsWith', false),
  endsWith: text('endsWith', false),
  like: text('like', false),
  ieq: text('equals', true),
  icontains: text('contains', true),
  istartsWith: text('startsWith', true),
  iendsWith: text('endsWith', true),
  ilike: text('like', true),
  has: ofList('has any', value => [value].flat()),
  hasAny: ofList('has any', members => members),
  hasAll: ofList('has all', members => members),
  isEmpty: {
    holds: flag => [{ list: 'is empty', operand: null, negated: flag !== true }],
    fails: flag => [{ list: 'is empty', operand: null, negated: flag === true }],
  },
  length: ofList('has length', value => value),
  exists: {
    holds: flag => [{ present: flag === true }],
    fails: flag => [{ present: flag !== true }],
    holdsForNull: flag => flag !== true,
    coversNull: true,
  },
};

/** Whether a negated comparison has the rows that are null: always its complement, or as SQL has it. */
export type NullRule = 'two-valued' | 'sql';

/**
 * The tests of a comparison, or of its complement. With two values a null is smaller, larger and like nothing, so that
 * the complement has it; with SQL's three neither has it, unless null itself was asked for.
 */
export function testsFor({ operator, operand }: Comparison, negated: boolean, nulls: NullRule | 'none'): Alternatives {
  const matcher = negated ? complementOf(MATCHERS[operator]) : MATCHERS[operator];
  const applies = nulls === 'two-valued' || (nulls === 'sql' && asksForNull(operator, operand));
  const wantsNull = applies && !matcher.coversNull && matcher.holdsForNull?.(operand) === true;
  const tests = matcher.holds(operand);
  return wantsNull ? [...tests, IS_NULL] : tests;
}

function asksForNull(operator: Operator, operand: Operand): boolean {
  return operator === 'isNull' || operand === null || (isList(operand) && operand.includes(null));
}

/** Whether a comparison, or its complement, holds for null under the rule of two values. */
export function holdsForNull({ operator, operand }: Comparison, negated: boolean): boolean {
  return (MATCHERS[operator].holdsForNull?.(operand) === true) !== negated;
}

function complementOf(matcher: Matcher): Matcher {
  return {
    holds: operand => matcher.fails(operand),
    fails: operand => matcher.holds(operand),
    holdsForNull: operand => matcher.holdsForNull?.(operand) !== true,
    ...(matcher.coversNull && { coversNull: true }),
  };
}

function valuesOf(operand: Operand): readonly Value[] {
  return isList(operand) ? operand.filter(value => value !== null) : [];
}

function text(match: TextMatch, fold: boolean): Matcher {
  const test = (operand: Operand, negated: boolean): Alternatives => [
    { match, operand: String(operand), fold, negated },
  ];
  return { holds: operand => test(operand, false), fails: operand => test(operand, true) };
}

function ofList(name: ListTest['list'], operandOf: (operand: Operand) => Operand): Matcher {
  const test = (operand: Operand, negated: boolean): Alternatives => [
    { list: name, operand: operandOf(operand), negated },
  ];
  return { holds: operand => test(operand, false), fails: operand => test(operand, true) };
}

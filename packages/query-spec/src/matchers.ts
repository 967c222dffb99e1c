import type { Operand, Value } from './ast.ts';
import { isList } from './operand.ts';
import type { Operator } from './operators.ts';
import { nextPrefix } from './prefix-range.ts';

/** Operators of the host for one column, all of which must hold. */
export type ColumnTest = Readonly<Record<`$${string}`, Operand>>;

/** A row matches when any of the tests does; none is never. */
export type Alternatives = readonly ColumnTest[];

/** When a comparison holds and when it fails, for columns that are not null: no row does both or neither. */
interface Matcher {
  holds(operand: Operand): Alternatives;
  fails(operand: Operand): Alternatives;
  /** Whether it holds for null; without this it does not, and so its complement does. */
  holdsForNull?(operand: Operand): boolean;
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

/** A range instead of LIKE, which folds case on SQLite, has wildcards, and often no index. */
const startsWith: Matcher = {
  holds: prefix => [{ $gte: prefix, ...upTo(prefix) }],
  fails: prefix => [{ $lt: prefix }, ...fromNext(prefix)],
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
  startsWith,
};

/**
 * The tests of a comparison, or of its complement. Nulls follow two-valued logic: a null is smaller, larger and like
 * nothing, so that the complement has it.
 */
export function testsFor(operator: Operator, operand: Operand, negated: boolean, nullable: boolean): Alternatives {
  const matcher = negated ? complementOf(MATCHERS[operator]) : MATCHERS[operator];
  const wantsNull = nullable && matcher.holdsForNull?.(operand) === true;
  return [...matcher.holds(operand), ...(wantsNull ? [IS_NULL] : [])];
}

function complementOf(matcher: Matcher): Matcher {
  return {
    holds: operand => matcher.fails(operand),
    fails: operand => matcher.holds(operand),
    holdsForNull: operand => matcher.holdsForNull?.(operand) !== true,
  };
}

function valuesOf(operand: Operand): readonly Value[] {
  return isList(operand) ? operand.filter(value => value !== null) : [];
}

function upTo(prefix: Operand): ColumnTest {
  const next = nextPrefix(String(prefix));
  return next === undefined ? {} : { $lt: next };
}

function fromNext(prefix: Operand): Alternatives {
  const next = nextPrefix(String(prefix));
  return next === undefined ? [] : [{ $gte: next }];
}

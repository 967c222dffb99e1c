import type { Condition, Operand, Quantified, Size } from '../spec/ast.ts';
import { type Alternatives, type ColumnTest, isColumnTest, testsFor } from './matchers.ts';

/**
 * What is said of a to-many relation, as a test of the links that exist: an entity passes when such a link, or such a
 * number of links, exists; or when it does not. An entity without links has none, so it passes complements alone.
 */
export type LinkTest = LinkedTo | LinkCount;

/** A link exists to an entity that satisfies a condition, or its negation. */
interface LinkedTo {
  readonly kind: 'linked to';
  readonly condition: Condition;
  readonly negated: boolean;
  readonly complement: boolean;
}

/** Links exist, and their number passes. */
interface LinkCount {
  readonly kind: 'count';
  readonly tests: readonly CountTest[];
  readonly complement: boolean;
}

/** Comparisons of a number, all of which hold. */
export type CountTest = readonly (readonly [operator: keyof typeof COUNT_COMPARISONS, operand: number])[];

/** Reduces a quantifier or a size, or its complement. */
export function linkTestOf(condition: Quantified | Size, negated: boolean): LinkTest {
  switch (condition.kind) {
    case 'some':
      return linkedTo(condition, false, negated);
    case 'none':
      return linkedTo(condition, false, !negated);
    case 'every':
      return linkedTo(condition, true, !negated);
    case 'size':
      return linkCount(condition, negated);
  }
}

function linkedTo({ condition }: Quantified, negated: boolean, complement: boolean): LinkTest {
  return { kind: 'linked to', condition, negated, complement };
}

function linkCount(size: Size, negated: boolean): LinkTest {
  const tests = countTests(size, negated);
  const complement = tests.some(test => test.every(([operator, operand]) => COUNT_COMPARISONS[operator](0, operand)));
  return { kind: 'count', tests: complement ? countTests(size, !negated) : tests, complement };
}

function countTests({ operator, operand, relation }: Size, negated: boolean): readonly CountTest[] {
  const tests: Alternatives = testsFor({ kind: 'comparison', field: relation, operator, operand }, negated, 'none');
  return tests.flatMap(test => (isColumnTest(test) ? [countTest(test)] : []));
}

function countTest(test: ColumnTest): CountTest {
  return Object.entries(test).map(([operator, operand]) => {
    if (!isCountOperator(operator)) {
      throw new RangeError(`${operator} does not compare numbers`);
    }
    return [operator, numberOf(operand)] as const;
  });
}

const COUNT_COMPARISONS = {
  $eq: (count: number, operand: number) => count === operand,
  $ne: (count: number, operand: number) => count !== operand,
  $gt: (count: number, operand: number) => count > operand,
  $gte: (count: number, operand: number) => count >= operand,
  $lt: (count: number, operand: number) => count < operand,
  $lte: (count: number, operand: number) => count <= operand,
};

function isCountOperator(operator: string): operator is keyof typeof COUNT_COMPARISONS {
  return Object.hasOwn(COUNT_COMPARISONS, operator);
}

function numberOf(operand: Operand): number {
  if (typeof operand !== 'number') {
    throw new RangeError('A size is compared with numbers');
  }
  return operand;
}

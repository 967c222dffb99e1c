import type { Comparison, Condition } from './ast.ts';
import type { Field } from './field.ts';
import { type Alternatives, type ColumnTest, testsFor } from './matchers.ts';
import type { QueryModel } from './query-model.ts';

/** A condition in the host's words. Built anew for each call, since the host changes what it is given. */
export type Where = { [key: string]: unknown };

/** Compiled by the host to `1 = 0`. */
const NEVER: ColumnTest = { $in: [] };

/** Translates a condition, or its complement, pushing `not` down to the comparisons. */
export function toWhere(model: QueryModel, condition: Condition, negated = false): Where {
  if (condition.kind === 'comparison') {
    return comparisonWhere(model, condition, negated);
  }
  if (condition.kind === 'not') {
    return toWhere(model, condition.condition, !negated);
  }
  const members = condition.conditions.map(member => toWhere(model, member, negated));
  return (condition.kind === 'and') === negated ? { $or: members } : { $and: members };
}

/** Any of the tests on one field. */
export function anyTest(field: Field, tests: Alternatives): Where {
  const [first = NEVER, ...others] = tests;
  return others.length === 0 ? nested(field, first) : { $or: [first, ...others].map(test => nested(field, test)) };
}

function comparisonWhere(model: QueryModel, { field: path, operator, operand }: Comparison, negated: boolean): Where {
  const target = model.filterable.get(path);
  if (!target) {
    throw new RangeError(`${path} is not filterable`);
  }
  return anyTest(target.field, testsFor(operator, operand, negated, target.field.nullable));
}

function nested(field: Field, test: ColumnTest): Where {
  return field.segments.reduceRight<Where>((inner, segment) => ({ [segment]: inner }), { ...test });
}

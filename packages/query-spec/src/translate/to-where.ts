import type { Field } from '../definition/field.ts';
import type { Translation } from '../definition/prepared-query.ts';
import { type Leaf, canBeNull } from '../dialects/dialect.ts';
import type { Comparison, Condition } from '../spec/ast.ts';
import { type Alternatives, testsFor } from './matchers.ts';

/** A condition in the host's words. Built anew for each call, since the host changes what it is given. */
export type Where = { [key: string | symbol]: unknown };

/**
 * Translates a condition, or its complement, pushing `not` down to the comparisons.
 * @throws RangeError for what is said of a to-many relation: see `resolveWhere`
 */
export function toWhere(query: Translation, condition: Condition, negated = false): Where {
  switch (condition.kind) {
    case 'comparison':
      return comparisonWhere(query, condition, negated);
    case 'not':
      return toWhere(query, condition.condition, !negated);
    case 'and':
    case 'or':
      return groupWhere(
        condition.kind,
        condition.conditions.map(member => toWhere(query, member, negated)),
        negated,
      );
    case 'some':
    case 'none':
    case 'every':
    case 'size':
      throw new RangeError(`${condition.relation} needs a subquery`);
  }
}

/** A group, or its complement, of members that are complements then. */
export function groupWhere(kind: 'and' | 'or', members: readonly Where[], negated: boolean): Where {
  return (kind === 'and') === negated ? { $or: members } : allOf(members);
}

/** All conditions in one object where none says two things of one property: the host has less to walk through. */
function allOf(members: readonly Where[]): Where {
  const all: Where = {};
  for (const member of members) {
    for (const name of Reflect.ownKeys(member)) {
      if (Object.hasOwn(all, name)) {
        return { $and: members };
      }
      all[name] = member[name];
    }
  }
  return all;
}

/** Any of the tests on one field. */
export function anyTest({ dialect }: Translation, field: Field, tests: Alternatives): Where {
  const leaves: Leaf[] = [];
  for (const test of tests) {
    leaves.push(...dialect.leaves(field, test));
  }
  const first = leaves[0];
  if (!first) {
    return never(field);
  }
  return leaves.length === 1 ? nested(field, first) : { $or: leaves.map(leaf => nested(field, leaf)) };
}

function comparisonWhere(query: Translation, comparison: Comparison, negated: boolean): Where {
  const target = query.model.filterable.get(comparison.field);
  if (!target) {
    throw new RangeError(`${comparison.field} is not filterable`);
  }
  const nulls = canBeNull(query.dialect, target.field) ? query.nulls : 'none';
  return anyTest(query, target.field, testsFor(comparison, negated, nulls));
}

/** The host compiles it to `1 = 0`. */
function never(field: Field): Where {
  return nested(field, { [field.name]: { $in: [] } });
}

function nested({ relations }: Field, leaf: Leaf): Where {
  return relations.length === 0 ? leaf : behind(relations, leaf);
}

/** A condition on the entity at the end of a path of to-one relations. */
export function behind(relations: readonly string[], where: Where): Where {
  return relations.reduceRight<Where>((inner, relation) => ({ [relation]: inner }), where);
}

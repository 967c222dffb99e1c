import type { Collection } from '../definition/collection.ts';
import type { Field } from '../definition/field.ts';
import type { FilterModel } from '../definition/filter-model.ts';
import type { Translation } from '../definition/prepared-query.ts';
import { type Dialect, canBeNull } from '../dialects/dialect.ts';
import type { Comparison, Condition, Quantified, Size } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import { linkTestOf } from '../translate/link-test.ts';
import { type Test, isColumnTest, testsFor } from '../translate/matchers.ts';

/** Where one condition leads in an index: to one place, to several, to those of null, to a range, or nowhere. */
export interface FieldLead {
  readonly kind: 'value' | 'values' | 'null' | 'range' | 'nowhere';
  /** To-one relations that lead to the entity of the field. */
  readonly relations: readonly string[];
  readonly field: Field;
  /** The collation that an index must have for it, where not that of the column. */
  readonly collation?: string;
}

/** What is asked of the links of a to-many relation. */
export interface LinkLead {
  readonly kind: 'link';
  readonly relations: readonly string[];
  readonly collection: Collection;
  /** Whether rows pass that have no such link, so that no link leads to them. */
  readonly complement: boolean;
  /** Whether all links of a row are counted. */
  readonly counted: boolean;
  /** What the related entity must satisfy. */
  readonly related: readonly Alternative[];
}

export type Lead = FieldLead | LinkLead;

/** Conditions that hold together. */
export type Alternative = readonly Lead[];

/** More than this many alternatives are not looked at: no database finds rows by as many index scans. */
export const MOST_ALTERNATIVES = 64;

/**
 * A condition, or its complement, as alternatives of conditions that hold together (disjunctive normal form). `undefined`
 * when they are too many.
 */
export function alternativesOf(
  query: Translation,
  condition: Condition,
  negated = false,
): readonly Alternative[] | undefined {
  switch (condition.kind) {
    case 'comparison':
      return comparisonAlternatives(query, condition, negated);
    case 'not':
      return alternativesOf(query, condition.condition, !negated);
    case 'and':
    case 'or': {
      const members = condition.conditions.map(member => alternativesOf(query, member, negated));
      return (condition.kind === 'and') === negated ? anyOf(members) : allOf(members);
    }
    case 'some':
    case 'none':
    case 'every':
    case 'size':
      return linkAlternatives(query, condition, negated);
  }
}

type Alternatives = readonly Alternative[] | undefined;

function anyOf(members: readonly Alternatives[]): Alternatives {
  const all: Alternative[] = [];
  for (const member of members) {
    if (!member || all.length + member.length > MOST_ALTERNATIVES) {
      return undefined;
    }
    all.push(...member);
  }
  return all;
}

function allOf(members: readonly Alternatives[]): Alternatives {
  let all: readonly Alternative[] = [[]];
  for (const member of members) {
    if (!member || all.length * member.length > MOST_ALTERNATIVES) {
      return undefined;
    }
    all = all.flatMap(before => member.map(leads => [...before, ...leads]));
  }
  return all;
}

function comparisonAlternatives(
  { model, dialect, nulls }: Translation,
  comparison: Comparison,
  negated: boolean,
): Alternatives {
  const target = model.filterable.get(comparison.field);
  if (!target) {
    throw new RangeError(`${comparison.field} is not filterable`);
  }
  const { field } = target;
  const tests = testsFor(comparison, negated, canBeNull(dialect, field) ? nulls : 'none');
  // What is outside of a range is nearly everything, as what is not equal.
  return tests.filter(test => !('$eq' in test)).length > 1
    ? [[{ kind: 'nowhere', relations: field.relations, field }]]
    : tests.map(test => [fieldLead(dialect, field, test)]);
}

function fieldLead(dialect: Dialect, field: Field, test: Test): FieldLead {
  const lead = { relations: field.relations, field };
  if (isColumnTest(test)) {
    return { ...lead, kind: columnKind(field, test) };
  }
  const isPrefix = 'match' in test && test.match === 'startsWith' && !test.fold && !test.negated && test.operand !== '';
  const index = isPrefix ? dialect.prefixIndex(field) : undefined;
  if (index === undefined) {
    return { ...lead, kind: 'nowhere' };
  }
  return { ...lead, kind: 'range', ...(index !== 'any' && index) };
}

function columnKind(field: Field, test: Extract<Test, Record<`$${string}`, unknown>>): FieldLead['kind'] {
  if ('$ne' in test || '$nin' in test || field.declared?.list) {
    return 'nowhere';
  }
  const { $eq: only, $in: list } = test;
  if (only !== undefined) {
    return only === null ? 'null' : 'value';
  }
  if (list === undefined) {
    return 'range';
  }
  return isList(list) && list.length === 1 ? 'value' : 'values';
}

function linkAlternatives(query: Translation, condition: Quantified | Size, negated: boolean): Alternatives {
  const target = query.model.collections.get(condition.relation);
  if (!target) {
    throw new RangeError(`${condition.relation} is not filterable`);
  }
  const { collection, inner } = target;
  const test = linkTestOf(condition, negated);
  const related = test.kind === 'count' ? [[]] : relatedOf(query, inner, test.condition, test.negated);
  const { complement } = test;
  const counted = test.kind === 'count';
  return related && [[{ kind: 'link', relations: collection.relations, collection, complement, counted, related }]];
}

function relatedOf(query: Translation, model: FilterModel, condition: Condition, negated: boolean): Alternatives {
  return alternativesOf({ ...query, model }, condition, negated);
}

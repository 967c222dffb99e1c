import { QuerySpecError } from '../query-spec-error.ts';
import { type Comparison, type Condition, type QuerySpec, membersOf } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import { OPERATORS } from '../spec/operators.ts';

const PER_RELATION = 5;
const PER_SCAN = 2;
const LIST_MEMBERS = 10;
const OFFSET_ROWS = 100;

/** What a spec costs a database, roughly, in one number: see `QueryLimits.cost`. */
function costOf({ filters, orderBy, populate, offset }: QuerySpec): number {
  const sorts = orderBy.map(({ field }) => 1 + relationsOf(field) * PER_RELATION);
  const relations = populate.map(path => path.split('.').length * PER_RELATION);
  return sum([filters ? conditionCost(filters) : 0, ...sorts, ...relations, Math.ceil(offset / OFFSET_ROWS)]);
}

/** @throws QuerySpecError `TOO_COMPLEX` above the budget. */
export function requireAffordable(spec: QuerySpec, budget: number): void {
  const cost = costOf(spec);
  if (cost > budget) {
    throw new QuerySpecError('TOO_COMPLEX', `The query costs ${cost}, which is more than ${budget}; ask for less.`);
  }
}

function conditionCost(condition: Condition): number {
  const members = sum(membersOf(condition).map(conditionCost));
  switch (condition.kind) {
    case 'comparison':
      return comparisonCost(condition);
    case 'size':
      return 1 + collectionCost(condition.relation) + PER_SCAN;
    case 'some':
    case 'none':
    case 'every':
      return collectionCost(condition.relation) + members;
    case 'not':
    case 'and':
    case 'or':
      return members;
  }
}

/** The relation itself is one more than those on the way. */
function collectionCost(path: string): number {
  return (relationsOf(path) + 1) * PER_RELATION;
}

function comparisonCost({ field, operator, operand }: Comparison): number {
  const members = isList(operand) ? Math.ceil(operand.length / LIST_MEMBERS) : 0;
  const scans = OPERATORS[operator].domain === 'text' && operator !== 'startsWith';
  return 1 + relationsOf(field) * PER_RELATION + (scans ? PER_SCAN : 0) + members;
}

function relationsOf(path: string): number {
  return path.split('.').length - 1;
}

function sum(costs: readonly number[]): number {
  return costs.reduce((total, cost) => total + cost, 0);
}

import { QuerySpecError } from '../query-spec-error.ts';
import type { Comparison, Condition, QuerySpec } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import { OPERATORS } from '../spec/operators.ts';

const PER_RELATION = 5;
const PER_SCAN = 2;
const LIST_MEMBERS = 10;
const OFFSET_ROWS = 100;

/** What a spec costs a database, roughly, in one number: see `QueryLimits.cost`. */
function costOf({ filters, orderBy, populate, offset }: QuerySpec): number {
  let cost = Math.ceil(offset / OFFSET_ROWS) + (filters ? conditionCost(filters) : 0);
  for (const { field } of orderBy) {
    cost += 1 + relationsOf(field) * PER_RELATION;
  }
  for (const path of populate) {
    cost += relationCost(path);
  }
  return cost;
}

/** @throws QuerySpecError `TOO_COMPLEX` above the budget. */
export function requireAffordable(spec: QuerySpec, budget: number): void {
  const cost = costOf(spec);
  if (cost > budget) {
    throw new QuerySpecError('TOO_COMPLEX', `The query costs ${cost}, which is more than ${budget}; ask for less.`);
  }
}

function conditionCost(condition: Condition): number {
  switch (condition.kind) {
    case 'comparison':
      return comparisonCost(condition);
    case 'size':
      return 1 + relationCost(condition.relation) + PER_SCAN;
    case 'some':
    case 'none':
    case 'every':
      return relationCost(condition.relation) + conditionCost(condition.condition);
    case 'not':
      return conditionCost(condition.condition);
    case 'and':
    case 'or':
      return condition.conditions.reduce((cost, member) => cost + conditionCost(member), 0);
  }
}

/** The relation itself is one more than those on the way. */
function relationCost(path: string): number {
  return (relationsOf(path) + 1) * PER_RELATION;
}

function comparisonCost({ field, operator, operand }: Comparison): number {
  const members = isList(operand) ? Math.ceil(operand.length / LIST_MEMBERS) : 0;
  const scans = OPERATORS[operator].domain === 'text' && operator !== 'startsWith';
  return 1 + relationsOf(field) * PER_RELATION + (scans ? PER_SCAN : 0) + members;
}

function relationsOf(path: string): number {
  let relations = 0;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    relations += 1;
  }
  return relations;
}

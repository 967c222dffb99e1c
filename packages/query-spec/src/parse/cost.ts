import type { SizeLimits } from '../definition/query-limits.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Comparison, Condition, QuerySpec } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import { OPERATORS } from '../spec/operators.ts';

const PER_RELATION = 5;
const PER_SCAN = 2;
const LIST_MEMBERS = 10;
const OFFSET_ROWS = 100;

/** What is asked for, added up on one walk. */
interface Bill {
  /** Conditions and groups. */
  nodes: number;
  /** What it costs a database, roughly: see `SizeLimits.cost`. */
  cost: number;
}

/** @throws QuerySpecError `TOO_COMPLEX` for more conditions than `nodes`, or above the budget of `cost`. */
export function requireAffordable(spec: QuerySpec, limits: Pick<SizeLimits, 'nodes' | 'cost'>): void {
  const bill: Bill = { nodes: 0, cost: Math.ceil(spec.offset / OFFSET_ROWS) };
  if (spec.filters) {
    addCondition(bill, spec.filters);
  }
  for (const { field } of spec.orderBy) {
    bill.cost += 1 + relationsOf(field) * PER_RELATION;
  }
  for (const path of spec.populate) {
    bill.cost += relationCost(path);
  }
  if (bill.nodes > limits.nodes) {
    const pointer = '/filters';
    throw new QuerySpecError('TOO_COMPLEX', `More than ${limits.nodes} conditions at ${pointer}.`, { pointer });
  }
  if (bill.cost > limits.cost) {
    const message = `The query costs ${bill.cost}, which is more than ${limits.cost}; ask for less.`;
    throw new QuerySpecError('TOO_COMPLEX', message);
  }
}

function addCondition(bill: Bill, condition: Condition): void {
  bill.nodes += 1;
  switch (condition.kind) {
    case 'comparison':
      bill.cost += comparisonCost(condition);
      break;
    case 'size':
      bill.cost += 1 + relationCost(condition.relation) + PER_SCAN;
      break;
    case 'some':
    case 'none':
    case 'every':
      bill.cost += relationCost(condition.relation);
      addCondition(bill, condition.condition);
      break;
    case 'not':
      addCondition(bill, condition.condition);
      break;
    case 'and':
    case 'or':
      for (const member of condition.conditions) {
        addCondition(bill, member);
      }
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

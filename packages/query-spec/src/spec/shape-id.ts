import type { Comparison, Condition, QuerySpec, Size } from './ast.ts';
import { OPERATORS } from './operators.ts';
import { wireOperand } from './serialize.ts';

/**
 * A spec's structure without its values: `city?country.code=&population>&sort=-population`. The order in which filters
 * were written does not count, limit, offset and populate are not in it, and it is the same in every process.
 */
export function shapeId(spec: QuerySpec): string {
  const name = spec.entity.charAt(0).toLowerCase() + spec.entity.slice(1);
  const filters = spec.filters ? `?${writeMembers(spec.filters, 'and', () => '')}` : '';
  if (spec.orderBy.length === 0) {
    return name + filters;
  }
  const sort = spec.orderBy.map(({ field, direction }) => (direction === 'desc' ? `-${field}` : field)).join(',');
  return `${name}${filters}${filters === '' ? '?' : '&'}sort=${sort}`;
}

/** A condition with its values, the same for every order in which its members were written. */
export function canonicalText(condition: Condition): string {
  return writeMembers(condition, 'and', comparison => JSON.stringify(wireOperand(comparison.operand)));
}

type WriteOperand = (comparison: Comparison | Size) => string;

function write(condition: Condition, operand: WriteOperand): string {
  switch (condition.kind) {
    case 'comparison':
      return condition.field + OPERATORS[condition.operator].sign + operand(condition);
    case 'size':
      return `${condition.relation}:size${OPERATORS[condition.operator].sign}${operand(condition)}`;
    case 'some':
    case 'none':
    case 'every':
      return `${condition.relation}:${condition.kind}(${writeMembers(condition.condition, 'and', operand)})`;
    case 'not':
      return `!(${writeMembers(condition.condition, 'and', operand)})`;
    case 'and':
    case 'or':
      return `(${writeMembers(condition, condition.kind, operand)})`;
  }
}

/** Members of a group of this kind side by side, or the condition itself. */
function writeMembers(condition: Condition, kind: 'and' | 'or', operand: WriteOperand): string {
  if (condition.kind !== kind) {
    return write(condition, operand);
  }
  const members = condition.conditions.map(member => write(member, operand)).toSorted();
  return members.join(kind === 'and' ? '&' : '|');
}

import { remembered } from '../remembered.ts';
import type { Comparison, Condition, QuerySpec, Size, SortKey } from './ast.ts';
import { OPERATORS } from './operators.ts';
import { wireOperand } from './serialize.ts';

/**
 * A spec's structure without its values: `city?country.code=&population>&sort=-population`. The order in which filters
 * were written does not count, limit, offset and populate are not in it, and it is the same in every process.
 */
export function shapeId(spec: QuerySpec): string {
  const name = nameOf(spec.entity);
  const sort = sortOf(spec.orderBy);
  if (!spec.filters) {
    return sort === '' ? name : `${name}?${sort}`;
  }
  const filters = writeMembers(spec.filters, 'and', noOperand);
  return sort === '' ? `${name}?${filters}` : `${name}?${filters}&${sort}`;
}

const names = new Map<string, string>();

/** Begun with a small letter: worked out once for each entity. */
function nameOf(entity: string): string {
  let name = names.get(entity);
  if (name === undefined) {
    name = entity.charAt(0).toLowerCase() + entity.slice(1);
    names.set(entity, name);
  }
  return name;
}

const sortOf = remembered((orderBy: readonly SortKey[]): string => {
  const keys = orderBy.map(({ field, direction }) => (direction === 'desc' ? `-${field}` : field));
  return keys.length === 0 ? '' : `sort=${keys.join(',')}`;
});

function noOperand(): string {
  return '';
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
  const members = condition.conditions.map(member => write(member, operand));
  return inOrder(members).join(kind === 'and' ? '&' : '|');
}

/** Sorted; most are. */
function inOrder(texts: readonly string[]): readonly string[] {
  return texts.every((text, i) => i === 0 || (texts[i - 1] ?? '') <= text) ? texts : texts.toSorted();
}

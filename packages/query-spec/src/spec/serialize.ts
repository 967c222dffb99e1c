import type { Comparison, Condition, Group, Operand, QuerySpec, Value } from './ast.ts';
import { isList } from './operand.ts';

/** A spec as JSON: what `parse` takes back. Dates are ISO strings, bigints strings of digits. */
export interface WireSpec {
  readonly filters?: WireFilters;
  readonly orderBy?: readonly Readonly<Record<string, 'asc' | 'desc'>>[];
  readonly populate?: readonly string[];
  readonly fields?: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

/** Fields with their operators in the long form, and groups. */
export interface WireFilters {
  readonly [key: string]: WireFilters | readonly WireFilters[] | WireOperators;
}

type WireValue = string | number | boolean | null;
type WireOperators = Readonly<Record<string, WireValue | readonly WireValue[]>>;

/** Writes a spec in its wire form: `parse(serialize(spec))` equals `spec`. */
export function serialize(spec: QuerySpec): WireSpec {
  return {
    ...(spec.filters && { filters: serializeCondition(spec.filters) }),
    ...(spec.orderBy.length > 0 && { orderBy: spec.orderBy.map(key => ({ [key.field]: key.direction })) }),
    ...(spec.populate.length > 0 && { populate: spec.populate }),
    ...(spec.fields && { fields: spec.fields }),
    limit: spec.limit,
    offset: spec.offset,
  };
}

function serializeCondition(condition: Condition): WireFilters {
  switch (condition.kind) {
    case 'comparison':
      return { [condition.field]: operatorsOf([condition]) };
    case 'size':
      return { [condition.relation]: { size: operatorsOf([condition]) } };
    case 'some':
    case 'none':
    case 'every':
      return { [condition.relation]: { [condition.kind]: serializeCondition(condition.condition) } };
    case 'not':
      return { not: serializeCondition(condition.condition) };
    case 'and':
    case 'or':
      return flatObject(condition) ?? { [condition.kind]: condition.conditions.map(serializeCondition) };
  }
}

/** `{ a: …, b: … }`, where that parses back to the same group: comparisons only, each operator of a field side by side. */
function flatObject({ kind, conditions }: Group): WireFilters | undefined {
  const comparisons = conditions.filter(condition => condition.kind === 'comparison');
  const byField = Map.groupBy(comparisons, comparison => comparison.field);
  const regrouped = [...byField.values()].flat();
  const isSame =
    regrouped.length === conditions.length && regrouped.every((comparison, i) => comparison === conditions[i]);
  if (kind === 'or' || !isSame || [...byField.values()].some(repeatsOperator)) {
    return undefined;
  }
  return Object.fromEntries([...byField].map(([field, group]) => [field, operatorsOf(group)]));
}

function repeatsOperator(comparisons: readonly Comparison[]): boolean {
  return new Set(comparisons.map(comparison => comparison.operator)).size < comparisons.length;
}

function operatorsOf(comparisons: readonly Pick<Comparison, 'operator' | 'operand'>[]): WireOperators {
  return Object.fromEntries(comparisons.map(({ operator, operand }) => [operator, wireOperand(operand)]));
}

/** An operand as JSON. */
export function wireOperand(operand: Operand): WireValue | readonly WireValue[] {
  return isList(operand) ? operand.map(wireValue) : wireValue(operand);
}

/** A value as JSON, which its kind reads back. */
export function wireValue(value: Value | null): WireValue {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return typeof value === 'bigint' ? String(value) : value;
}

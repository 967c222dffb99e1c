import type { Operator } from './operators.ts';

/** What can be asked of a to-many relation. `every` holds where there are none, `size` counts. */
export const QUANTIFIERS = ['some', 'none', 'every', 'size'] as const;

export type Quantifier = (typeof QUANTIFIERS)[number];

/** Guards a name that came from outside. */
export function isQuantifier(name: unknown): name is Quantifier {
  return QUANTIFIERS.some(quantifier => quantifier === name);
}

/** What a size can be compared by. */
export const SIZE_OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'notBetween',
] as const satisfies readonly Operator[];

export type SizeOperator = (typeof SIZE_OPERATORS)[number];

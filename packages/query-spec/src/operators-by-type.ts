import type { Operator, OPERATORS } from './operators.ts';

type InDomain<Domain extends string> = {
  [O in Operator]: (typeof OPERATORS)[O]['domain'] extends Domain ? O : never;
}[Operator];

/** A string or number of a closed list, as enums have. */
type IsLiteral<V> = [V] extends [string | number] ? ({} extends Record<V, 1> ? false : true) : false;

/** The operators that suit a property of type `V`. */
export type OperatorFor<V> = [V] extends [boolean]
  ? InDomain<'any'>
  : IsLiteral<V> extends true
    ? InDomain<'any'>
    : [V] extends [string]
      ? Operator
      : InDomain<'any' | 'ordered'>;

import type { Operator, OPERATORS } from './operators.ts';

type InDomain<Domain extends string> = {
  [O in Operator]: (typeof OPERATORS)[O]['domain'] extends Domain ? O : never;
}[Operator];

/** The operators that suit a property of type `V`. */
export type OperatorFor<V> = [V] extends [boolean]
  ? InDomain<'any'>
  : [V] extends [string]
    ? Operator
    : InDomain<'any' | 'ordered'>;

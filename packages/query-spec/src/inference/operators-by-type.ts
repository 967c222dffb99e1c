import type { Operator, OPERATORS } from '../spec/operators.ts';

type InDomain<Domain extends string> = {
  [O in Operator]: (typeof OPERATORS)[O]['domain'] extends Domain ? O : never;
}[Operator];

/** A string or number of a closed list, as enums have. */
type IsLiteral<V> = [V] extends [string | number] ? ({} extends Record<V, 1> ? false : true) : false;

/** The operators that suit a property of type `V`. */
export type OperatorFor<V> = [V] extends [boolean]
  ? InDomain<'presence' | 'any'>
  : IsLiteral<V> extends true
    ? InDomain<'presence' | 'any'>
    : [V] extends [string]
      ? InDomain<'presence' | 'any' | 'ordered' | 'text'>
      : InDomain<'presence' | 'any' | 'ordered'>;

/** The operators that suit a JSON path or list that was declared as this type. */
export type OperatorForDeclared<D> = D extends `${string}[]`
  ? InDomain<'presence' | 'list'>
  : InDomain<'json'> | OperatorFor<D extends 'string' ? string : D extends 'number' ? number : boolean>;

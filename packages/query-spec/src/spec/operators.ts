/**
 * What stands on an operator's right: one value, `[low, high]`, a list, a boolean, a pattern with `%` and `_`, or a number
 * of elements.
 */
export type OperandForm = 'value' | 'value or null' | 'pair' | 'list' | 'flag' | 'pattern' | 'count';

/** Which fields an operator suits: all, single values, those with an order, text alone, lists, or JSON paths. */
export type OperatorDomain = 'presence' | 'any' | 'ordered' | 'text' | 'list' | 'json';

interface OperatorTraits {
  readonly form: OperandForm;
  readonly domain: OperatorDomain;
  /** Other spellings on the wire. */
  readonly aliases: readonly string[];
  /** How a shape id writes it. */
  readonly sign: string;
}

/** Every operator of the wire form. What each one means stands in `translate/matchers.ts`. */
export const OPERATORS = {
  eq: { form: 'value or null', domain: 'any', aliases: ['=', '=='], sign: '=' },
  ne: { form: 'value or null', domain: 'any', aliases: ['!=', '<>'], sign: '!=' },
  gt: { form: 'value', domain: 'ordered', aliases: ['>'], sign: '>' },
  gte: { form: 'value', domain: 'ordered', aliases: ['>='], sign: '>=' },
  lt: { form: 'value', domain: 'ordered', aliases: ['<'], sign: '<' },
  lte: { form: 'value', domain: 'ordered', aliases: ['<='], sign: '<=' },
  between: { form: 'pair', domain: 'ordered', aliases: [], sign: ':between' },
  in: { form: 'list', domain: 'any', aliases: [], sign: ':in' },
  nin: { form: 'list', domain: 'any', aliases: ['not in'], sign: ':nin' },
  isNull: { form: 'flag', domain: 'presence', aliases: [], sign: ':isNull' },
  notBetween: { form: 'pair', domain: 'ordered', aliases: ['not between'], sign: ':notBetween' },
  contains: { form: 'value', domain: 'text', aliases: [], sign: ':contains' },
  startsWith: { form: 'value', domain: 'text', aliases: [], sign: ':startsWith' },
  endsWith: { form: 'value', domain: 'text', aliases: [], sign: ':endsWith' },
  like: { form: 'pattern', domain: 'text', aliases: [], sign: ':like' },
  ieq: { form: 'value', domain: 'text', aliases: [], sign: ':ieq' },
  icontains: { form: 'value', domain: 'text', aliases: [], sign: ':icontains' },
  istartsWith: { form: 'value', domain: 'text', aliases: [], sign: ':istartsWith' },
  iendsWith: { form: 'value', domain: 'text', aliases: [], sign: ':iendsWith' },
  ilike: { form: 'pattern', domain: 'text', aliases: [], sign: ':ilike' },
  has: { form: 'value or null', domain: 'list', aliases: [], sign: ':has' },
  hasAny: { form: 'list', domain: 'list', aliases: ['hasSome'], sign: ':hasAny' },
  hasAll: { form: 'list', domain: 'list', aliases: ['hasEvery'], sign: ':hasAll' },
  isEmpty: { form: 'flag', domain: 'list', aliases: [], sign: ':isEmpty' },
  length: { form: 'count', domain: 'list', aliases: [], sign: ':length' },
  exists: { form: 'flag', domain: 'json', aliases: [], sign: ':exists' },
} as const satisfies Record<string, OperatorTraits>;

export type Operator = keyof typeof OPERATORS;

/** Guards a name that came from outside. */
export function isOperator(name: string): name is Operator {
  return Object.hasOwn(OPERATORS, name);
}

/** The operator of a name or alias of the wire form. */
export function operatorNamed(name: string): Operator | undefined {
  return BY_SPELLING.get(name);
}

const BY_SPELLING: ReadonlyMap<string, Operator> = new Map(
  Object.keys(OPERATORS)
    .filter(isOperator)
    .flatMap(operator => [operator, ...OPERATORS[operator].aliases].map(spelling => [spelling, operator] as const)),
);

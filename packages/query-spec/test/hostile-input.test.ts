import { QuerySpecError, type QuerySpecErrorCode, defineQuerySpec, isQuerySpecError } from '@mikro-kit/query-spec';
import { describe, expect, it } from 'vitest';

import { City } from './world.ts';

const cities = defineQuerySpec(City, {
  filter: {
    id: ['eq', 'in', 'nin'],
    name: ['eq', 'startsWith', 'in'],
    population: ['eq', 'gt', 'between'],
    altitude: ['eq'],
    area: ['eq'],
    visitors: ['eq'],
    founded: ['eq'],
    updatedAt: ['gt'],
    capital: ['eq'],
    size: ['eq'],
    tag: ['eq'],
    note: ['isNull'],
  },
  sort: ['name', 'population'],
  populate: ['country'],
  maxLimit: 1000,
});

type Refusal = readonly [name: string, code: QuerySpecErrorCode, pointer: string, input: unknown];

const json = (text: string): unknown => JSON.parse(text);
const filters = (value: unknown): unknown => ({ filters: value });
const nest = (key: string, depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let inner: unknown = { name: 'a' };
  for (let i = 0; i < depth; i++) inner = { [key]: wrap(inner) };
  return inner;
};
const explosive = (): never => {
  throw new Error('code of the input ran');
};
const trap = new Proxy(
  {},
  { get: explosive, ownKeys: explosive, getPrototypeOf: explosive, getOwnPropertyDescriptor: explosive },
);
const listTrap = new Proxy<unknown[]>([], { get: explosive, ownKeys: explosive });
const sparse: number[] = [];
sparse[1] = 1;
class Instance {
  name = 'a';
}
class SlyDate extends Date {
  override getTime = explosive;
}

const OBJECTS: readonly Refusal[] = [
  ['__proto__ as a field', 'UNKNOWN_FIELD', '/filters/__proto__', json('{"filters":{"__proto__":{"name":"a"}}}')],
  ['__proto__ at the top', 'UNKNOWN_PARAMETER', '/__proto__', json('{"__proto__":{"filters":{}}}')],
  ['constructor', 'UNKNOWN_FIELD', '/filters/constructor', filters({ constructor: 'a' })],
  ['toString', 'UNKNOWN_FIELD', '/filters/toString', filters({ toString: ['=', 'a'] })],
  [
    '__proto__ as an operator',
    'UNKNOWN_OPERATOR',
    '/filters/name/__proto__',
    json('{"filters":{"name":{"__proto__":1}}}'),
  ],
  ['toString as an operator', 'UNKNOWN_OPERATOR', '/filters/name/0', filters({ name: ['toString', 'a'] })],
  ["the host's operators", 'UNKNOWN_OPERATOR', '/filters/name/$ne', filters({ name: { $ne: null } })],
  ['$where', 'UNKNOWN_FIELD', '/filters/$where', filters({ $where: 'sleep(1000)' })],
  ['$where inside', 'UNKNOWN_FIELD', '/filters/or/0/$where', filters({ or: [{ $where: '1' }, { name: 'a' }] })],
  ['$and', 'UNKNOWN_FIELD', '/filters/$and', filters({ $and: [] })],
  ['no operator', 'INVALID_SHAPE', '/filters/id', filters({ id: {} })],
  ['an empty tuple', 'UNKNOWN_OPERATOR', '/filters/id/0', filters({ id: [] })],
  ['null filters', 'INVALID_SHAPE', '/filters', filters(null)],
  ['filters in an array', 'INVALID_SHAPE', '/filters', filters([])],
  ['filters as text', 'INVALID_SHAPE', '/filters', filters('x')],
  ['an empty and', 'INVALID_SHAPE', '/filters/and', filters({ and: [] })],
  ['an empty or', 'INVALID_SHAPE', '/filters/or', filters({ or: [] })],
  ['an empty not', 'INVALID_SHAPE', '/filters/not', filters({ not: {} })],
  ['an empty member', 'INVALID_SHAPE', '/filters/or/0', filters({ or: [{}] })],
  ['a group that is no array', 'INVALID_SHAPE', '/filters/or', filters({ or: { 0: { name: 'a' } } })],
  ['in with a table name', 'INVALID_SHAPE', '/filters/id/1', filters({ id: ['in', 'user'] })],
  [
    'in with 40,000 ids',
    'TOO_COMPLEX',
    '/filters/id/1',
    filters({ id: ['in', Array.from({ length: 40_000 }, (_, i) => i)] }),
  ],
  ['in with a list inside', 'INVALID_VALUE', '/filters/id/1/0', filters({ id: ['in', [[1]]] })],
  ['in with an object inside', 'INVALID_VALUE', '/filters/id/in/0', filters({ id: { in: [{}] } })],
  ['a sparse list', 'INVALID_SHAPE', '/filters/id/1/0', filters({ id: ['in', sparse] })],
  [
    '3,000 nested and',
    'TOO_COMPLEX',
    '/filters/and/0/and/0/and/0/and/0/and/0/and',
    filters(nest('and', 3000, inner => [inner])),
  ],
  ['3,000 nested not', 'TOO_COMPLEX', '/filters/not/not/not/not/not/not', filters(nest('not', 3000, inner => inner))],
  [
    '101 conditions in a row',
    'TOO_COMPLEX',
    '/filters/or',
    filters({ or: Array.from({ length: 101 }, () => ({ name: 'a' })) }),
  ],
  [
    '10 times 10 conditions',
    'TOO_COMPLEX',
    '/filters',
    filters({ or: Array.from({ length: 10 }, () => ({ or: Array.from({ length: 10 }, () => ({ name: 'a' })) })) }),
  ],
  ['an unknown field', 'UNKNOWN_FIELD', '/filters/pasword', filters({ pasword: 'a' })],
  ['a hidden field', 'UNKNOWN_FIELD', '/filters/secret', filters({ secret: ['=', 'a'] })],
  ['a field of an alias', 'UNKNOWN_FIELD', '/filters/c0.secret', filters({ 'c0.secret': 'a' })],
  ['a path that is not listed', 'UNKNOWN_FIELD', '/filters/country.name', filters({ 'country.name': 'a' })],
  ['a pointer that needs escapes', 'UNKNOWN_FIELD', '/filters/a~1b~0c', filters({ 'a/b~c': 1 })],
  ['an operator that is not listed', 'UNKNOWN_OPERATOR', '/filters/name/gt', filters({ name: { gt: 'a' } })],
  ['too many operands', 'INVALID_SHAPE', '/filters/name', filters({ name: ['=', 'a', 'b'] })],
  ['a tuple of 1,000', 'TOO_COMPLEX', '/filters/name', filters({ name: Array.from({ length: 1000 }, () => '=') })],
  ['a null to compare with', 'INVALID_VALUE', '/filters/population/1', filters({ population: ['>', null] })],
  ['an undefined operand', 'INVALID_SHAPE', '/filters/population/1', filters({ population: ['>', undefined] })],
  ['an undefined field', 'INVALID_SHAPE', '/filters/name', filters({ name: undefined })],
  ['NaN', 'INVALID_VALUE', '/filters/population', filters({ population: Number.NaN })],
  ['Infinity', 'INVALID_VALUE', '/filters/altitude', filters({ altitude: Number.POSITIVE_INFINITY })],
  ['1e999', 'INVALID_VALUE', '/filters/altitude', filters({ altitude: '1e999' })],
  ['text for an integer', 'INVALID_VALUE', '/filters/population', filters({ population: 'abc' })],
  ['hex for an integer', 'INVALID_VALUE', '/filters/population', filters({ population: '0x10' })],
  ['a fraction for an integer', 'INVALID_VALUE', '/filters/population', filters({ population: 1.5 })],
  ['an integer beyond 2^53', 'INVALID_VALUE', '/filters/population', filters({ population: '9007199254740993' })],
  ['spaces around an integer', 'INVALID_VALUE', '/filters/population', filters({ population: ' 1' })],
  ['a bigint beyond 64 bits', 'INVALID_VALUE', '/filters/visitors', filters({ visitors: '9223372036854775808' })],
  ['a rounded bigint', 'INVALID_VALUE', '/filters/visitors', filters({ visitors: 2 ** 60 })],
  ['a decimal of 16 digits', 'INVALID_VALUE', '/filters/area', filters({ area: '12345678901234.56' })],
  ['a decimal with an exponent', 'INVALID_VALUE', '/filters/area', filters({ area: '1e3' })],
  ['between from high to low', 'INVALID_VALUE', '/filters/population', filters({ population: ['between', 5, 1] })],
  ['between with one end', 'INVALID_VALUE', '/filters/population', filters({ population: ['between', 5] })],
  ['a number for text', 'INVALID_VALUE', '/filters/name', filters({ name: 1 })],
  ['NUL', 'INVALID_VALUE', '/filters/name', filters({ name: 'a\u0000b' })],
  ['half a surrogate pair', 'INVALID_VALUE', '/filters/name', filters({ name: '\uD800' })],
  ['1 MB of text', 'TOO_COMPLEX', '/filters/name', filters({ name: 'a'.repeat(1_000_000) })],
  ['1 MB of digits', 'TOO_COMPLEX', '/filters/altitude', filters({ altitude: '1'.repeat(1_000_000) })],
  ['yes for a boolean', 'INVALID_VALUE', '/filters/capital', filters({ capital: 'yes' })],
  ['1 for a boolean', 'INVALID_VALUE', '/filters/capital', filters({ capital: 1 })],
  ['a value outside an enum', 'INVALID_VALUE', '/filters/size', filters({ size: 'huge' })],
  ['no UUID', 'INVALID_VALUE', '/filters/tag', filters({ tag: "' or 1=1 --" })],
  ['isNull of text', 'INVALID_VALUE', '/filters/note/isNull', filters({ note: { isNull: 'maybe' } })],
  ['a day that does not exist', 'INVALID_VALUE', '/filters/founded', filters({ founded: '2023-02-30' })],
  ['nope for an instant', 'INVALID_VALUE', '/filters/updatedAt/1', filters({ updatedAt: ['>', 'nope'] })],
  [
    'an instant on no day',
    'INVALID_VALUE',
    '/filters/updatedAt/1',
    filters({ updatedAt: ['>', '2023-02-30T00:00:00Z'] }),
  ],
  [
    'an instant without an offset',
    'INVALID_VALUE',
    '/filters/updatedAt/1',
    filters({ updatedAt: ['>', '2023-01-01T00:00:00'] }),
  ],
  [
    'an instant to the microsecond',
    'INVALID_VALUE',
    '/filters/updatedAt/1',
    filters({ updatedAt: ['>', '2023-01-01T00:00:00.000001Z'] }),
  ],
  ['an invalid Date', 'INVALID_VALUE', '/filters/updatedAt/1', filters({ updatedAt: ['>', new Date(Number.NaN)] })],
  [
    'a getter',
    'INVALID_SHAPE',
    '/filters/name',
    filters(Object.defineProperty({}, 'name', { get: explosive, enumerable: true })),
  ],
  [
    'a getter in a list',
    'INVALID_SHAPE',
    '/filters/id/1/0',
    filters({ id: ['in', Object.defineProperty([1], 0, { get: explosive })] }),
  ],
  ['a Proxy as the spec', 'INVALID_SHAPE', '', trap],
  ['a Proxy as filters', 'INVALID_SHAPE', '/filters', filters(trap)],
  ['a Proxy as a value', 'INVALID_VALUE', '/filters/name', filters({ name: trap })],
  ['a Proxy as a tuple', 'INVALID_VALUE', '/filters/name', filters({ name: listTrap })],
  ['a Proxy as a list', 'INVALID_SHAPE', '/filters/id/1', filters({ id: ['in', listTrap] })],
  ['a Proxy as a prototype', 'INVALID_SHAPE', '/filters', filters(Object.create(trap))],
  ['a class instance', 'INVALID_SHAPE', '/filters', filters(new Instance())],
  ['a Map', 'INVALID_SHAPE', '/filters', filters(new Map([['name', 'a']]))],
  ['a String object', 'INVALID_VALUE', '/filters/name', filters({ name: new String('a') })],
  ['a function', 'INVALID_VALUE', '/filters/name', filters({ name: () => 'a' })],
  ['a symbol as a key', 'INVALID_SHAPE', '/filters', filters({ [Symbol('name')]: 'a' })],
  ['a symbol as a value', 'INVALID_VALUE', '/filters/name', filters({ name: Symbol('a') })],
  ['null', 'INVALID_SHAPE', '', null],
  ['undefined', 'INVALID_SHAPE', '', undefined],
  ['text', 'INVALID_SHAPE', '', 'limit=1'],
  ['an unknown parameter', 'UNKNOWN_PARAMETER', '/where', { where: {} }],
  ["the host's filters switched off", 'INVALID_SHAPE', '/filters', filters(false)],
  ['order by an unknown field', 'UNKNOWN_FIELD', '/orderBy', { orderBy: 'secret DESC' }],
  ['order by a to-many relation', 'UNKNOWN_FIELD', '/orderBy', { orderBy: 'sisters' }],
  ['order by SQL', 'UNKNOWN_FIELD', '/orderBy', { orderBy: 'name; drop table city' }],
  ['order by an unknown direction', 'INVALID_VALUE', '/orderBy', { orderBy: 'name sideways' }],
  ['order by the same field twice', 'INVALID_SHAPE', '/orderBy', { orderBy: ['name', { name: 'desc' }] }],
  ['order by five fields', 'TOO_COMPLEX', '/orderBy', { orderBy: Array.from({ length: 5 }, () => 'name') }],
  ['order by a number', 'INVALID_SHAPE', '/orderBy', { orderBy: 1 }],
  ['order by 1 MB of spaces', 'UNKNOWN_FIELD', '/orderBy', { orderBy: `name${' '.repeat(1_000_000)}x y` }],
  ['populate of everything', 'UNKNOWN_FIELD', '/populate', { populate: '*' }],
  ['populate of a relation that is not listed', 'UNKNOWN_FIELD', '/populate/0', { populate: ['sisters'] }],
  ['populate twice', 'TOO_COMPLEX', '/populate', { populate: ['country', 'country'] }],
  ['populate as a flag', 'INVALID_SHAPE', '/populate', { populate: true }],
  ...[-1, Number.NaN, Number.POSITIVE_INFINITY, 1.5, '10;x', '', null, 1e9, 1001, '1e2', [10], true].map(
    limit => [`limit ${String(limit)}`, 'INVALID_VALUE', '/limit', { limit }] as const,
  ),
  ...[-1, Number.NaN, 1e9, '0x10', '9'.repeat(100_000), null].map(
    offset => [`offset ${String(offset).slice(0, 9)}`, 'INVALID_VALUE', '/offset', { offset }] as const,
  ),
];

const QUERY_STRINGS: readonly Refusal[] = [
  ['__proto__ in brackets', 'UNKNOWN_FIELD', '/filters/__proto__', 'filter[__proto__][x]=1'],
  ['__proto__ without', 'UNKNOWN_PARAMETER', '/__proto__', '__proto__[filter][name]=1'],
  ['__proto__ as an operator', 'UNKNOWN_OPERATOR', '/filters/name/__proto__', 'filter[name][__proto__]=1'],
  ['order by __proto__', 'UNKNOWN_FIELD', '/orderBy/0/__proto__', 'sort=-__proto__'],
  ['a parameter twice', 'DUPLICATE_PARAMETER', '/limit', 'limit=1&limit=2'],
  ['a filter twice', 'DUPLICATE_PARAMETER', '/filter[name]', 'filter[name]=a&filter[name]=b'],
  ['a value that is also a name', 'DUPLICATE_PARAMETER', '/filter[name][eq]', 'filter[name]=a&filter[name][eq]=b'],
  ['a name that is also a value', 'DUPLICATE_PARAMETER', '/filter[name]', 'filter[name][eq]=b&filter[name]=a'],
  [
    'a list that is also a value',
    'DUPLICATE_PARAMETER',
    '/filter[name][in][]',
    'filter[name][in]=a&filter[name][in][]=b',
  ],
  ['bad percent-encoding', 'INVALID_QUERY_STRING', '/filter[name]', 'filter[name]=%E0%A4%A'],
  ['bad percent-encoding of a key', 'INVALID_QUERY_STRING', '/%zz', '%zz=1'],
  ['bad UTF-8 in URLSearchParams', 'INVALID_QUERY_STRING', '/filter[name]', new URLSearchParams('filter[name]=%E0%A4')],
  ['an open bracket', 'INVALID_QUERY_STRING', '/filter[name', 'filter[name=a'],
  ['a stray bracket', 'INVALID_QUERY_STRING', '/filter]name[', 'filter]name[=a'],
  ['text after brackets', 'INVALID_QUERY_STRING', '/filter[name]x', 'filter[name]x=a'],
  ['no name', 'INVALID_QUERY_STRING', '/', '=a'],
  ['empty brackets inside', 'INVALID_QUERY_STRING', '/filter[][name]', 'filter[][name]=a'],
  ['an empty value for an integer', 'INVALID_VALUE', '/filters/population', 'filter[population]='],
  ['in without a list', 'INVALID_SHAPE', '/filters/name/in', 'filter[name][in]=a,b'],
  ['a group with a gap', 'INVALID_SHAPE', '/filters/or', 'filter[or][0][name]=a&filter[or][2][name]=b'],
  ['filter as text', 'INVALID_SHAPE', '/filters', 'filter=x'],
  ['limit in brackets', 'INVALID_SHAPE', '/limit', 'limit[]=1'],
  ['a limit of nothing', 'INVALID_VALUE', '/limit', 'limit='],
  ['an unknown parameter', 'UNKNOWN_PARAMETER', '/filters', 'filters[name]=a'],
  ['the SQL of a limit', 'INVALID_VALUE', '/limit', 'limit=10;x'],
  ['1,000 brackets', 'TOO_COMPLEX', `/filter${'[not]'.repeat(11)}[no…`, `filter${'[not]'.repeat(1000)}[name]=a`],
  ['9 KiB', 'TOO_COMPLEX', '', `filter[name]=${'a'.repeat(9 * 1024)}`],
  ['9 KiB of URLSearchParams', 'TOO_COMPLEX', '', new URLSearchParams({ limit: '1'.repeat(9 * 1024) })],
  ['an object', 'INVALID_SHAPE', '', { limit: '1' }],
  ['a Proxy', 'INVALID_SHAPE', '', new Proxy(new URLSearchParams(), { get: explosive, getPrototypeOf: explosive })],
];

function refusalOf(door: (input: never) => unknown, input: unknown): QuerySpecError {
  try {
    Reflect.apply(door, undefined, [input]);
  } catch (error) {
    if (isQuerySpecError(error)) return error;
    throw error;
  }
  throw new Error('was let in');
}

/** Making such an input takes longer than refusing it, and is not what is measured. */
const timeToRefuse = (size: number): number => {
  const inputs = [
    filters(Object.fromEntries(Array.from({ length: size }, (_, i) => [`f${i}`, i]))),
    filters(nest('and', size, inner => [inner])),
    filters({ ['a'.repeat(size)]: 'x' }),
  ];
  const start = performance.now();
  inputs.forEach(input => refusalOf(cities.parse, input));
  refusalOf(cities.fromQueryString, `${'['.repeat(Math.min(size, 8000))}=1`);
  return performance.now() - start;
};

describe('hostile input is refused, with a pointer', () => {
  it.each(OBJECTS)('object: %s', (_, code, pointer, input) => {
    expect(refusalOf(cities.parse, input)).toMatchObject({ code, pointer });
  });

  it.each(QUERY_STRINGS)('query string: %s', (_, code, pointer, input) => {
    expect(refusalOf(cities.fromQueryString, input)).toMatchObject({ code, pointer });
  });

  it('never runs code of a value that is let in', () => {
    const at = new SlyDate(0);
    expect(cities.parse(filters({ updatedAt: ['>', at] })).filters).toMatchObject({ operand: new Date(0) });
  });

  it('takes time in proportion to the input', () => {
    timeToRefuse(1000);
    expect(timeToRefuse(200_000)).toBeLessThan(2000);
  });
});

describe('a refusal', () => {
  it('says what, where and what is allowed', () => {
    const query = defineQuerySpec(City, { filter: { name: ['eq'], population: ['gt'] } });
    const error = refusalOf(query.parse, { filters: { pasword: 'x' } });
    expect(error.message).toBe(
      'Unknown field "pasword" in filter of City at /filters/pasword; filterable: name, population.',
    );
    expect(error.allowed).toEqual(['name', 'population']);
    expect(error.toProblem()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: error.message,
      code: 'UNKNOWN_FIELD',
      pointer: '/filters/pasword',
      allowed: ['name', 'population'],
    });
  });

  it('repeats no value of the input, and little of its names', () => {
    expect(refusalOf(cities.parse, filters({ population: 'card 4111' })).message).not.toContain('4111');
    expect(refusalOf(cities.parse, filters({ ['x'.repeat(1e6)]: 1 })).message.length).toBeLessThan(500);
  });

  it('tells the world nothing when the developer is at fault', () => {
    expect(new QuerySpecError('INVALID_DEFINITION', 'internal').toProblem()).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'INVALID_DEFINITION',
    });
  });
});

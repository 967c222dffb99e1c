import { describe, expect, it } from 'vitest';

import { canonical } from '../src/entries/canonical.ts';
import { decodeExact, encodeExact } from '../src/entries/exact-codec.ts';

const scalars = [1, '1', 1n, '1n', true, 'true', null, 'null', undefined, 'undefined', 0, -0, NaN, ''];
const lists = [[], [[]], ['', ''], [','], ['a', 'b'], ['a,b']];
const objects = [{}, { a: 1, b: 2 }, { b: 2, a: 1 }, { a: undefined }, { a: { b: 1 } }, { 'a":1,"b': 2 }];
const dates = [new Date(1), 'Date(1)', new Date(NaN), new Uint8Array([97])];
const buffers = [Buffer.from('a'), Buffer.from('b')];
const cloneable: unknown[] = [...scalars, ...lists, ...objects, ...dates];
const distinct = [...cloneable, ...buffers];

describe('canonical', () => {
  it('gives different texts to different values', () => {
    expect(new Set(distinct.map(value => canonical(value))).size).toBe(distinct.length);
  });

  it('gives one text to equal values', () => {
    for (const value of cloneable) expect(canonical(structuredClone(value))).toBe(canonical(value));
  });

  it.each([[() => 1], [Symbol('x')], [/x/], [new Map()], [{ [Symbol('x')]: 1 }], [[new URL('https://example.com')]]])(
    'has no text for %o',
    value => {
      expect(canonical(value)).toBeUndefined();
    },
  );

  class Moment extends Date {}
  it.each([
    ['an array with properties of its own', 'abc'.match(/b/)],
    ['an array with a hole', Object.assign([1, 2, 3], { length: 5 })],
    ['an array with a hole and a property', Object.assign([1], { length: 2, extra: 1 })],
    ['a date of another class', new Moment(0)],
    ['a date with properties of its own', Object.assign(new Date(0), { zone: 'UTC' })],
  ])('has no text for %s, which would leave something out', (_, value) => expect(canonical(value)).toBeUndefined());

  it('has no text for a cycle', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(canonical(cycle)).toBeUndefined();
  });
});

describe('encodeExact', () => {
  it('gives back what it was given', () => {
    const shared = { at: new Date(1) };
    const value = [...distinct, new Uint8Array([1]), new Map([[1, shared]]), new Set([shared]), shared, shared];
    const bytes = encodeExact(value);
    expect(decodeExact(bytes ?? Buffer.alloc(0))).toStrictEqual(value);
  });

  const withHole = Object.assign([], { 1: 'x' });
  it.each([[withHole], [Object.assign([], withHole, { more: 1 })], ['abc'.match(/b/)]])('keeps %o', array => {
    expect(decodeExact(encodeExact(array) ?? Buffer.alloc(0))).toStrictEqual(array);
  });

  it('keeps one object that is reached by two paths one object', () => {
    const shared = {};
    expect(decodeExact(encodeExact([shared, shared]) ?? Buffer.alloc(0))).toSatisfy(
      (pair: unknown[]) => pair[0] === pair[1],
    );
  });

  const rows = [
    { id: 1, name: 'a', tags: [1] },
    { id: 2, name: null, tags: { a: {} } },
  ];
  it.each<[string, unknown[]]>([
    ['rows of the same fields', rows],
    ['rows whose fields stand in another order', [...rows, { name: 'c', id: 3, tags: [] }]],
    ['rows of which one has a field more, or less', [...rows, { id: 3, name: 'c', tags: [], more: 1 }, { id: 4 }]],
    ['rows without fields', [{}, {}]],
    [
      'rows with fields that are numbers',
      [
        { 2: 'b', 1: 'a' },
        { 1: 'c', 2: 'd' },
      ],
    ],
    ['rows with a field of the name of a setter', [1, 2].map(at => JSON.parse(`{"__proto__":{"at":${at}},"a":1}`))],
    ['rows that are lists, or among other values', [[1], [2], { a: 1 }, 1, null]],
  ])('gives back %s, in the order of their fields', (_, value) => {
    const decoded = decodeExact(encodeExact(value) ?? Buffer.alloc(0));
    expect(decoded).toStrictEqual(value);
    expect(JSON.stringify(decoded)).toBe(JSON.stringify(value));
  });

  it('names the fields of rows once, which takes less than half', () => {
    const cities = Array.from({ length: 100 }, (_, id) => ({ id, name: `City ${id}`, country: 'NO', population: 1 }));
    expect(encodeExact(cities)?.byteLength).toBeLessThan(JSON.stringify(cities).length / 2);
  });

  it.each(['[]', '[[]]', '[[],1]', '[["a"],1,["b","c"]', '[["a","b"],1]', '[["__proto__"],{"a":1}]', '[[1],1]', '{}'])(
    'takes %s for no rows whose fields are named once',
    text => expect(() => decodeExact(Buffer.concat([Buffer.of(0xfe), Buffer.from(text)]))).toThrow(Error),
  );

  it('gives a new value each time', () => {
    const bytes = encodeExact([Buffer.from('a')]) ?? Buffer.alloc(0);
    const first = decodeExact(bytes);
    if (Array.isArray(first) && first[0] instanceof Buffer) first[0].fill(0);
    expect(first).toEqual([Buffer.from([0])]);
    expect(decodeExact(bytes)).toEqual([Buffer.from('a')]);
  });

  it.each([
    [{ call: () => 1 }],
    [[Symbol('x')]],
    [new URLSearchParams()],
    [Object.create(null)],
    [[/x/]],
    [Object.assign(new Date(0), { zone: 'utc' })],
    [Object.assign(new Map(), { note: 1 })],
    [new Map([[1, new URL('https://example.com')]])],
  ])('refuses %o, which would come back as something else', value => expect(encodeExact(value)).toBeUndefined());
});

import { defineQuerySpec, serialize } from '@mikro-kit/query-spec';
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Profile {
  name?: string | null;
  age?: number | null;
  home?: { city?: string } | null;
}

const Person = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    profile: p.json<Profile>().nullable(),
    words: p.json<(string | null)[]>().nullable(),
    marks: p.array().nullable(),
    boss: () => p.manyToOne(Person).nullable(),
    staff: () => p.oneToMany(Person).mappedBy('boss'),
    shout: p.string().persist(false).nullable(),
  },
});

const LIST = ['has', 'hasAny', 'hasAll', 'isEmpty', 'length', 'isNull'] as const;
const people = defineQuerySpec(Person, {
  filter: {
    'profile.name': ['eq', 'ne', 'in', 'startsWith', 'isNull', 'exists'],
    'profile.age': ['eq', 'gt', 'between', 'isNull', 'exists'],
    'profile.home.city': ['eq', 'icontains'],
    'boss.profile.age': ['gt', 'exists'],
    staff: ['some'],
    'staff.words': ['has'],
    words: LIST,
  },
  types: {
    'profile.name': 'string',
    'profile.age': 'number',
    'profile.home.city': 'string',
    'boss.profile.age': 'number',
    'staff.words': 'string[]',
    words: 'string[]',
  },
  limits: { listLength: 3 },
});

let orm: MikroORM;
beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Person], dbName: ':memory:' });
  await orm.schema.create();
  const insert = 'insert into person (id, profile, words, boss_id) values (?, ?, ?, ?)';
  const rows: readonly (readonly [unknown, unknown, number | null])[] = [
    [{ name: 'Ann', age: 40, home: { city: 'Oslo' } }, ['a', 'b', 'a'], null],
    [{ name: null, age: '40', home: null }, [], 1],
    [{ age: 41.5, name: '' }, [null, 5, ['a']], 1],
    [['Ann'], { a: 'a' }, 3],
    [null, null, null],
  ];
  for (const [i, [profile, words, boss]] of rows.entries()) {
    await orm.em
      .getConnection()
      .execute(insert, [i + 1, JSON.stringify(profile), words && JSON.stringify(words), boss]);
  }
});
afterAll(() => orm.close());

async function found(filters: object): Promise<readonly number[]> {
  return (await people.find(orm.em.fork(), people.parse({ filters }))).map(({ id }) => id);
}

describe('JSON paths and lists', () => {
  it.each<[string, object, readonly number[]]>([
    ['equal to a text', { 'profile.name': 'Ann' }, [1]],
    ['not equal, what is null or missing included', { 'profile.name': ['!=', 'Ann'] }, [2, 3, 4, 5]],
    ['a null in JSON is a missing value', { 'profile.name': null }, [2, 4, 5]],
    ['one of a list and null', { 'profile.name': ['in', ['', null]] }, [2, 3, 4, 5]],
    ['a start of nothing', { 'profile.name': ['startsWith', ''] }, [1, 3]],
    ['a number, not the text of one', { 'profile.age': ['between', 0, 100] }, [1, 3]],
    ['a text in place of a number is null', { 'profile.age': ['isNull', true] }, [2, 4, 5]],
    ['though it exists', { 'profile.age': ['exists', true] }, [1, 2, 3]],
    ['or does not', { 'profile.age': ['exists', false] }, [4, 5]],
    ['deeper', { 'profile.home.city': ['icontains', 'OS'] }, [1]],
    ['over a relation', { 'boss.profile.age': ['>', 40] }, [4]],
    ['over a relation that leads nowhere', { 'boss.profile.age': { exists: false } }, [1, 5]],
    ['inside a quantifier', { staff: { some: { words: ['has', null] } } }, [1]],
    ['a list that has', { words: ['has', 'a'] }, [1]],
    ['a list that does not, or is none', { not: { words: { has: 'a' } } }, [2, 3, 4, 5]],
    ['a list that has null', { words: { has: null } }, [3]],
    ['any', { words: { hasSome: ['b', null] } }, [1, 3]],
    ['any of nothing', { words: { hasAny: [] } }, []],
    ['all', { words: { hasEvery: ['a', 'b'] } }, [1]],
    ['all of nothing', { words: { hasAll: [] } }, [1, 2, 3]],
    ['empty', { words: { isEmpty: true } }, [2]],
    ['not empty, and a list', { words: { isEmpty: false } }, [1, 3]],
    ['its complement', { not: { words: { isEmpty: false } } }, [2, 4, 5]],
    ['so many, twice the same counted twice', { words: { length: 3 } }, [1, 3]],
    ['no list', { words: { isNull: true } }, [4, 5]],
  ])('%s', async (_, filters, expected) => {
    expect(await found(filters)).toEqual(expected);
  });

  it('are read back as they were written, and the same at both doors', () => {
    const filters = { 'profile.age': ['>', '5'], words: { hasAny: ['a', null], length: 2, isEmpty: false } };
    const spec = people.parse({ filters });
    expect(people.parse(JSON.parse(JSON.stringify(serialize(spec))))).toEqual(spec);
    expect(people.fromQueryString('filter[words][hasAny][]=a&filter[profile.age][exists]=true')).toEqual(
      people.parse({ filters: { words: { hasAny: ['a'] }, 'profile.age': { exists: true } } }),
    );
  });

  it.each<[string, object, string, string]>([
    ['a number of another type', { 'profile.age': 'x' }, 'INVALID_VALUE', '/filters/profile.age'],
    ['an object as a value', { 'profile.name': { $ne: 1 } }, 'UNKNOWN_OPERATOR', '/filters/profile.name/$ne'],
    ['a path that is not listed', { "profile.a') or 1=1 --": 1 }, 'UNKNOWN_FIELD', "/filters/profile.a') or 1=1 --"],
    ['JSON itself', { profile: { name: 'Ann' } }, 'UNKNOWN_FIELD', '/filters/profile'],
    ['a prototype key', { 'profile.__proto__': 1 }, 'UNKNOWN_FIELD', '/filters/profile.__proto__'],
    ['a list in a list', { words: { has: ['a'] } }, 'INVALID_VALUE', '/filters/words/has'],
    ['a list of other values', { words: { hasAny: [{}] } }, 'INVALID_VALUE', '/filters/words/hasAny/0'],
    ['a list that is too long', { words: { hasAll: ['a', 'b', 'c', 'd'] } }, 'TOO_COMPLEX', '/filters/words/hasAll'],
    ['a length below none', { words: { length: -1 } }, 'INVALID_VALUE', '/filters/words/length'],
    ['no length', { words: { length: null } }, 'INVALID_VALUE', '/filters/words/length'],
    ['a bare value for a list', { words: 'a' }, 'UNKNOWN_OPERATOR', '/filters/words'],
  ])('refuse %s', (_, filters, code, pointer) => {
    expect(() => people.parse({ filters })).toThrow(expect.objectContaining({ code, pointer }));
  });

  it.each<[string, object, RegExp]>([
    ['a path without a type', { filter: { 'profile.name': ['eq'] } }, /needs a declared type/],
    ['an unknown type', { filter: { 'profile.name': ['eq'] }, types: { 'profile.name': 'text' } }, /needs a type/],
    ['a type that nothing is listed for', { types: { words: 'string[]' } }, /"words" of Person .* is not listed/],
    ['a type of a plain column', { filter: { id: ['eq'] }, types: { id: 'number' } }, /neither JSON nor a list/],
    ['a value for a whole column', { filter: { words: ['eq'] }, types: { words: 'string' } }, /list as a whole/],
    ['an index', { filter: { 'words.0': ['eq'] }, types: { 'words.0': 'string' } }, /has the key "0"/],
    [
      'an operator of MongoDB',
      { filter: { 'words.$x': ['eq'] }, types: { 'words.$x': 'string' } },
      /has the key "\$x"/,
    ],
    ['an order by JSON', { sort: ['profile.name'] }, /is only filtered by/],
    ['a part of JSON alone', { fields: ['profile.name'] }, /loaded whole/],
    ['equality of lists', { filter: { words: ['eq'] }, types: { words: 'string[]' } }, /does not suit words/],
    [
      'has of a single value',
      { filter: { 'profile.name': ['has'] }, types: { 'profile.name': 'string' } },
      /does not suit/,
    ],
  ])('cannot be defined with %s', (_, options, message) => {
    expect(() => Reflect.apply(defineQuerySpec, undefined, [Person, options]).parse({})).toThrow(message);
  });

  it('refuse on SQLite a list that the host writes with commas', () => {
    const marks = defineQuerySpec(Person, { filter: { marks: ['has'] }, types: { marks: 'string[]' } });
    expect(() => marks.prepare(orm.em)).toThrow(/with commas on SQLite.*declare it as JSON/);
  });
});

const definitions = (): void => {
  // @ts-expect-error no type is declared
  defineQuerySpec(Person, { filter: { 'profile.name': ['eq'] } });
  // @ts-expect-error nor here
  defineQuerySpec(Person, { filter: { words: ['has'] } });
  // @ts-expect-error no such key
  defineQuerySpec(Person, { filter: {}, types: { 'profile.nme': 'string' } });
  // @ts-expect-error no such type
  defineQuerySpec(Person, { filter: { 'profile.name': ['eq'] }, types: { 'profile.name': 'text' } });
  // @ts-expect-error a number starts with nothing
  defineQuerySpec(Person, { filter: { 'profile.age': ['startsWith'] }, types: { 'profile.age': 'number' } });
  // @ts-expect-error a list is not equal to a value
  defineQuerySpec(Person, { filter: { words: ['eq'] }, types: { words: 'string[]' } });
  // @ts-expect-error it has no column
  defineQuerySpec(Person, { filter: { shout: ['eq'] } });
  // @ts-expect-error it has no column to sort by
  defineQuerySpec(Person, { sort: ['shout'] });
  // @ts-expect-error JSON is not sorted by
  defineQuerySpec(Person, { sort: ['profile.name'] });
};

describe('what is wrong of JSON, lists and columns', () => {
  it('does not compile', () => {
    expect(definitions).not.toThrow();
  });
});

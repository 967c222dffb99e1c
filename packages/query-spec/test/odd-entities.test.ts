import { type EntityQuery, defineQuerySpec } from '@mikro-kit/query-spec';
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const Org = defineEntity({
  name: 'Org',
  properties: {
    tenant: p.integer().primary(),
    code: p.string().primary(),
    name: p.string().nullable(),
    tags: () => p.manyToMany(Tag).owner(),
  },
});
const Tag = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), label: p.string() } });
const User = defineEntity({
  name: 'User',
  properties: {
    org: () => p.manyToOne(Org).primary(),
    number: p.integer().primary(),
    nick: p.string().nullable(),
    favourite: () => p.manyToOne(Tag).mapToPk().nullable(),
    profile: () => p.oneToOne(Profile).mappedBy('user').nullable(),
    friends: () => p.manyToMany(User).owner(),
    chief: () => p.manyToOne(User).nullable(),
    staff: () => p.oneToMany(User).mappedBy('chief'),
  },
});
const Profile = defineEntity({
  name: 'Profile',
  properties: {
    id: p.integer().primary(),
    bio: p.string().nullable(),
    initials: p.string().generated('(substr(bio, 1, 1)) stored').nullable(),
    user: () => p.oneToOne(User).owner().nullable(),
  },
});

const QUANTIFIERS = ['some', 'none', 'every', 'size'] as const;
const users = defineQuerySpec(User, {
  filter: {
    nick: ['eq', 'ne'],
    favourite: ['eq', 'ne', 'in', 'gt', 'isNull'],
    'org.name': ['eq'],
    'org.tags': QUANTIFIERS,
    'org.tags.label': ['eq'],
    'profile.bio': ['eq', 'isNull'],
    'profile.initials': ['eq'],
    friends: QUANTIFIERS,
    'friends.nick': ['isNull'],
    'friends.number': ['eq'],
    staff: QUANTIFIERS,
    'staff.friends': QUANTIFIERS,
    'staff.friends.number': ['eq'],
    'chief.nick': ['eq'],
    'chief.org.name': ['ne'],
  },
  sort: ['nick', 'number', 'favourite', 'chief.nick', 'profile.bio', 'org.name', 'org.code'],
});

let orm: MikroORM;
beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Org, User, Profile, Tag], dbName: ':memory:' });
  await orm.schema.create();
  const em = orm.em.fork();
  const tags = [1, 2].map(id => em.create(Tag, { id, label: `t${id}` }));
  const a = em.create(Org, { tenant: 1, code: 'a', name: 'A', tags });
  const b = em.create(Org, { tenant: 1, code: 'b', name: null });
  const a1 = em.create(User, { org: a, number: 1, nick: 'x', favourite: 2 });
  const a2 = em.create(User, { org: a, number: 2, nick: null, chief: a1 });
  const b1 = em.create(User, { org: b, number: 1, nick: 'x', chief: a1, favourite: 1 });
  const b2 = em.create(User, { org: b, number: 2, nick: null, chief: b1 });
  a1.friends.add(a2, b2);
  b2.friends.add(a1);
  em.create(Profile, { id: 1, bio: 'poet', user: a1 });
  em.create(Profile, { id: 2, bio: null, user: b2 });
  await em.flush();
});
afterAll(() => orm.close());

const nameOf = ({ org, number }: { org: { code: string }; number: number }): string => `${org.code}${number}`;
const find = async (input: object): Promise<string> =>
  (await users.find(orm.em.fork(), users.parse(input))).map(nameOf).join(' ');

describe('a key of several parts, one of them a relation to another such', () => {
  it.each([
    {},
    { orderBy: 'nick' },
    { orderBy: ['nick DESC', 'number'] },
    { orderBy: 'favourite DESC' },
    ...['chief.nick', 'profile.bio', 'org.name', 'org.code'].flatMap(path => [
      { orderBy: path },
      { orderBy: [`${path} DESC`, 'nick'] },
    ]),
  ])('ends the order of pages, forward, backward and streamed: %j', async input => {
    const spec = users.parse({ ...input, limit: 1 });
    const all = (await find(input)).split(' ');
    expect(all).toHaveLength(4);
    let page = await users.page(orm.em.fork(), spec);
    const forward = page.items.map(nameOf);
    while (page.hasNextPage) {
      page = await users.page(orm.em.fork(), spec, { after: page.endCursor });
      forward.push(...page.items.map(nameOf));
    }
    const backward = page.items.map(nameOf);
    while (page.hasPrevPage) {
      page = await users.page(orm.em.fork(), spec, { before: page.startCursor });
      backward.unshift(...page.items.map(nameOf));
    }
    const streamed = await Array.fromAsync(users.stream(orm.em.fork(), spec, { batchSize: 1 }));
    expect([forward, backward, streamed.flat().map(nameOf)]).toEqual([all, all, all]);
  });

  it.each([
    [{ 'org.name': 'A' }, 'a1 a2'],
    [{ not: { 'org.name': 'A' } }, 'b1 b2'],
    [{ 'org.tags': { some: { label: 't1' } } }, 'a1 a2'],
    [{ 'org.tags': { size: 0 } }, 'b1 b2'],
    [{ friends: { size: 2 } }, 'a1'],
    [{ friends: { some: { number: 2 } } }, 'a1'],
    [{ friends: { every: { nick: { isNull: true } } } }, 'a1 a2 b1'],
    [{ staff: { size: ['>', 0] } }, 'a1 b1'],
    [{ staff: { some: { friends: { some: { number: 1 } } } } }, 'b1'],
    [{ 'chief.nick': 'x' }, 'a2 b1 b2'],
    [{ 'chief.org.name': ['!=', 'A'] }, 'a1 b2'],
    [{ 'profile.bio': 'poet' }, 'a1'],
    [{ not: { 'profile.bio': 'poet' } }, 'a2 b1 b2'],
    [{ 'profile.bio': null }, 'a2 b1 b2'],
    [{ 'profile.initials': 'p' }, 'a1'],
  ])('links, and is linked to: %j', async (filters, expected) => {
    expect(await find({ filters })).toBe(expected);
  });
});

describe('an order of its own', () => {
  it('is refused when it is defined, since neither MongoDB nor a cursor goes by it', () => {
    const Task = defineEntity({
      name: 'Task',
      properties: { id: p.integer().primary(), state: p.string().customOrder('todo', 'done') },
    });
    const query = defineQuerySpec(Task, { sort: ['state'] });
    expect(() => query.parse({})).toThrow(expect.objectContaining({ code: 'INVALID_DEFINITION', pointer: '/sort/0' }));
  });
});

describe('an entity in several tables', () => {
  const Animal = defineEntity({
    name: 'Animal',
    inheritance: 'tpt',
    properties: {
      id: p.integer().primary(),
      weight: p.bigint(),
      owner: () => p.manyToOne(Tag).nullable(),
    },
  });
  const Dog = defineEntity({
    name: 'Dog',
    extends: Animal,
    properties: { id: p.integer().primary(), size: p.bigint() },
  });

  it('is paged by columns of each, and refuses an order through a relation of the other', async () => {
    const own = await MikroORM.init({ entities: [Animal, Dog, Tag], dbName: ':memory:' });
    await own.schema.create();
    const em = own.em.fork();
    for (let id = 1; id <= 6; id++) {
      em.create(Dog, { id, weight: 2n ** 60n + BigInt(id % 4), size: 2n ** 60n - BigInt(id) });
    }
    await em.flush();
    const dogs = defineQuerySpec(Dog, { sort: ['weight', 'size'] });
    const idsBy = async (orderBy: string): Promise<number[]> =>
      (await Array.fromAsync(dogs.stream(own.em.fork(), dogs.parse({ orderBy }), { batchSize: 1 })))
        .flat()
        .map(({ id }) => id);
    expect([await idsBy('weight'), await idsBy('size')]).toEqual([
      [4, 1, 5, 2, 6, 3],
      [6, 5, 4, 3, 2, 1],
    ]);
    const byOwner = defineQuerySpec(Dog, { sort: ['owner.label'] });
    expect(() => byOwner.prepare(own.em)).toThrow(
      expect.objectContaining({ code: 'INVALID_DEFINITION', pointer: '/sort/0' }),
    );
    await own.close();
  });
});

describe('what MikroORM takes for something else is refused when it is defined', () => {
  it.each([
    ['an order through a relation in a key', { sort: ['nick', 'chief.org.name'] }, '/sort/1'],
    ['an order by a part of a key with a relation of two columns', { sort: ['chief.number'] }, '/sort/0'],
    ['a filter by such a part', { filter: { 'chief.number': ['eq'] } }, '/filter/chief.number'],
  ] as const)('%s', (_, options, pointer) => {
    const query = defineQuerySpec(User, options);
    expect(() => query.prepare(orm.em)).toThrow(expect.objectContaining({ code: 'INVALID_DEFINITION', pointer }));
  });
});

describe('a relation that is mapped to its key', () => {
  it.each([
    [{ favourite: 2 }, 'a1'],
    [{ favourite: ['!=', 2] }, 'a2 b1 b2'],
    [{ favourite: ['in', [1, null]] }, 'a2 b1 b2'],
    [{ not: { favourite: ['>', 1] } }, 'a2 b1 b2'],
  ])('is a field: %j', async (filters, expected) => {
    expect(await find({ filters })).toBe(expected);
  });
});

describe('a relation that is called as a group is', () => {
  const Node = defineEntity({
    name: 'Node',
    properties: {
      id: p.integer().primary(),
      parent: () => p.manyToOne(Node).nullable(),
      not: () => p.oneToMany(Node).mappedBy('parent'),
    },
  });

  it('is refused in a filter', () => {
    const query: EntityQuery<{ id: number }> = defineQuerySpec(Node, { filter: { not: ['some'], 'not.id': ['eq'] } });
    expect(() => query.parse({})).toThrow(/"not" is a group and cannot be a field at .filter.not/);
  });
});

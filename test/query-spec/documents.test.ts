import { defineQuerySpec, isQuerySpecError } from '@mikro-kit/query-spec';
import { defineEntity, p } from '@mikro-orm/core';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { type OpenDatabase, openDatabase } from './databases.ts';

const Address = defineEntity({ embeddable: true, name: 'Address', properties: { city: p.string().nullable() } });
const Author = defineEntity({
  name: 'Author',
  properties: {
    _id: p.type(ObjectId).primary(),
    id: p.string().serializedPrimaryKey(),
    name: p.string(),
    age: p.integer(),
    address: () => p.embedded(Address).nullable(),
    profile: () => p.oneToOne(Profile).mappedBy('author').nullable(),
    books: () => p.oneToMany(Book).mappedBy('author'),
  },
});
const Profile = defineEntity({
  name: 'Profile',
  properties: { _id: p.type(ObjectId).primary(), bio: p.string(), author: () => p.oneToOne(Author).owner().nullable() },
});
const Book = defineEntity({
  name: 'Book',
  properties: { _id: p.type(ObjectId).primary(), title: p.string(), author: () => p.manyToOne(Author).nullable() },
});
const authors = defineQuerySpec(Author, {
  filter: { age: ['eq', 'ne', 'gt', 'isNull'], 'profile.bio': ['eq', 'ne', 'isNull'] },
  sort: ['name', 'age', 'address.city'],
  fields: ['name', 'address.city'],
});
const books = defineQuerySpec(Book, {
  filter: { title: ['like', 'ilike'], 'author.name': ['eq'], 'author.profile.bio': ['eq', 'ne'] },
  sort: ['title'],
});

await describeWithAny(['mongodb'], 'documents', () => {
  let database: OpenDatabase;
  beforeAll(async () => {
    database = await openDatabase('mongodb', { entities: [Author, Profile, Book, Address] });
    const em = database.orm.em.fork();
    const [ann, bob] = ['ann', 'bob'].map((name, i) =>
      em.create(Author, { name, age: i, address: { city: `c${i}` } }, { partial: true }),
    );
    em.create(Profile, { bio: 'poet', author: ann });
    em.create(Profile, { bio: 'of nobody' });
    for (const [title, author] of [
      ['a1', ann],
      ['b1', bob],
      ['x', null],
    ] as const)
      em.create(Book, { title, author });
    await em.flush();
    // Written before an age was required.
    await database.orm.driver.nativeInsert(Author, { name: 'old' });
  });
  afterAll(() => database.close());

  const namesOf = async (filters: object): Promise<readonly string[]> => {
    const spec = authors.parse({ filters, orderBy: 'name' });
    return (await authors.find(database.orm.em.fork(), spec)).map(({ name }) => name);
  };
  const titlesOf = async (filters: object): Promise<readonly string[]> => {
    const spec = books.parse({ filters, orderBy: 'title' });
    return (await books.find(database.orm.em.fork(), spec)).map(({ title }) => title);
  };

  it.each([
    [{ title: ['like', '%a%1%'] }, ['a1']],
    [{ title: ['ilike', '%A%1%'] }, ['a1']],
    [{ title: ['like', '%b%1_%'] }, []],
    [{ title: ['like', `%b${'%'.repeat(50)}1%`] }, ['b1']],
  ])('are found by patterns with many %%: %j', async (filters, titles) => {
    expect(await titlesOf(filters)).toEqual(titles);
  });

  describe('whose keys are ObjectIds', () => {
    it.each(['age', 'age DESC', 'address.city', 'address.city DESC', 'name'])(
      'are paged and streamed: %s',
      async orderBy => {
        const em = database.orm.em.fork();
        const spec = authors.parse({ orderBy, fields: 'name', limit: 1 });
        const all = (await authors.find(em, authors.parse({ orderBy }))).map(({ name }) => name);
        const pages: string[] = [];
        let after: string | null = null;
        do {
          const page = await authors.page(em, spec, { after });
          pages.push(...page.items.map(({ name }) => name));
          after = page.hasNextPage ? page.endCursor : null;
        } while (after !== null && pages.length <= all.length);
        const streamed = await Array.fromAsync(authors.stream(em, spec, { batchSize: 1 }));
        expect({ pages, streamed: streamed.flat().map(({ name }) => name) }).toEqual({ pages: all, streamed: all });
      },
    );
  });

  it('that lack what is required are rows whose value is null', async () => {
    expect(await namesOf({ age: null })).toEqual(['old']);
    expect(await namesOf({ age: ['!=', 0] })).toEqual(['bob', 'old']);
    expect(await namesOf({ not: { age: ['>', 0] } })).toEqual(['ann', 'old']);
  });

  it('are found by the other side of a 1:1 relation, which holds it', async () => {
    expect(await namesOf({ 'profile.bio': 'poet' })).toEqual(['ann']);
    expect(await namesOf({ 'profile.bio': ['!=', 'poet'] })).toEqual(['bob', 'old']);
    expect(await namesOf({ 'profile.bio': null })).toEqual(['bob', 'old']);
    expect(await titlesOf({ 'author.profile.bio': 'poet' })).toEqual(['a1']);
    expect(await titlesOf({ not: { 'author.profile.bio': 'poet' } })).toEqual(['b1', 'x']);
  });

  it('are loaded with chosen fields of embeddables', async () => {
    const spec = authors.parse({ fields: ['name', 'address.city'], orderBy: 'name', limit: 1 });
    const [author] = await authors.find(database.orm.em.fork(), spec);
    expect(JSON.parse(JSON.stringify(author))).toMatchObject({ name: 'ann', address: { city: 'c0' } });
  });

  it('are not mixed up with the keys of related ones under a name of the result cache', async () => {
    const spec = books.parse({ filters: { 'author.name': 'ann' } });
    const em = database.orm.em.fork();
    const read = () => books.find(em, spec, { cache: ['books of ann', 60_000] });
    const titles = [await read(), await read()].map(found => found.map(({ title }) => title));
    expect(titles).toEqual([['a1'], ['a1']]);
  });

  it('are asked for by the name that their key has in JSON, as an alias', async () => {
    const query = defineQuerySpec(Author, { filter: { _id: ['eq'] }, aliases: { id: '_id' } });
    const [author] = await authors.find(database.orm.em.fork(), authors.parse({ orderBy: 'name', limit: 1 }));
    const found = await query.find(database.orm.em.fork(), query.parse({ filters: { id: author?.id } }));
    expect(found.map(({ name }) => name)).toEqual(['ann']);
    const wrong = defineQuerySpec(Author, { filter: { id: ['eq'] } });
    expect(() => wrong.parse({})).toThrow(/"id" of Author at .filter.id is how the key is written in JSON; .*aliases/);
  });

  it('are not asked for by what is no ObjectId', () => {
    const query = defineQuerySpec(Author, { filter: { _id: ['eq'] } });
    const wrong = ['1', { $oid: '0'.repeat(24) }, '0'.repeat(25), 'z'.repeat(24)];
    const refusals = wrong.map(_id => {
      try {
        return query.parse({ filters: { _id } });
      } catch (error) {
        return isQuerySpecError(error) && error.code;
      }
    });
    expect(refusals).toEqual(['INVALID_VALUE', 'UNKNOWN_OPERATOR', 'INVALID_VALUE', 'INVALID_VALUE']);
  });
});

import { QuerySpecError, defineQuerySpec } from '@mikro-kit/query-spec';
import type { MikroORM } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DATABASES, type Database, ORDERED_COLLATION, initOrm } from '../databases.ts';

function worldOf(name: Database) {
  const collation = ORDERED_COLLATION[name];
  const ordered = () => (collation ? p.string().length(60).collation(collation) : p.string());
  const key = () => (name === 'mongodb' ? p.integer().primary().fieldName('_id') : p.integer().primary());
  const Writer = defineEntity({ name: 'Writer', properties: { id: key(), name: p.string() } });
  const Tag = defineEntity({
    name: 'Tag',
    indexes: [{ properties: ['weight'] }],
    properties: { id: key(), weight: p.integer(), posts: () => p.manyToMany(Post).mappedBy('tags') },
  });
  const Post = defineEntity({
    name: 'Post',
    indexes: [{ properties: ['kind', 'note'] }, { columns: [{ name: 'size' }, { name: 'score', sort: 'desc' }] }],
    properties: {
      id: key(),
      title: p.string().index(),
      code: ordered().unique(),
      kind: p.integer(),
      note: ordered().nullable(),
      size: p.integer(),
      score: p.integer().index(),
      rank: p.integer().nullable().index(),
      writer: () => p.manyToOne(Writer),
      tags: () => p.manyToMany(Tag).owner(),
    },
  });
  const posts = defineQuerySpec(Post, {
    requireIndexed: 'refuse',
    filter: {
      title: ['startsWith'],
      kind: ['eq'],
      size: ['eq'],
      score: ['eq', 'gt'],
      note: ['isNull'],
      rank: ['eq', 'isNull'],
      'writer.id': ['eq'],
    },
    sort: ['score', 'note', 'code', 'id'],
  });
  const tags = defineQuerySpec(Tag, {
    requireIndexed: 'refuse',
    filter: { weight: ['eq'], posts: ['none'], 'posts.score': ['eq'] },
  });
  return { entities: [Post, Tag, Writer], queries: { posts, tags } };
}

type Missing = readonly string[] | undefined;

/** What is missing for a spec, database by database; nothing where it is served, an empty list where no index could. */
const CASES: readonly (readonly [
  what: string,
  of: 'posts' | 'tags',
  spec: object,
  missing: Readonly<Record<Database, Missing>>,
])[] = [
  [
    'a foreign key, which the host or the server indexes in some',
    'posts',
    { filters: { 'writer.id': 5 } },
    {
      sqlite: undefined,
      postgres: ["indexes: [{ properties: ['writer'] }]"],
      mysql: undefined,
      mariadb: undefined,
      mongodb: ["indexes: [{ properties: ['writer'] }]"],
    },
  ],
  [
    'the other side of a many-to-many relation',
    'tags',
    { filters: { weight: 5, posts: { none: { score: 5 } } } },
    {
      sqlite: undefined,
      postgres: ['tags: { index: true }'],
      mysql: undefined,
      mariadb: undefined,
      mongodb: undefined,
    },
  ],
  [
    'an order with its ties, which are sorted, in the index, or in none',
    'posts',
    { orderBy: 'score DESC' },
    {
      sqlite: undefined,
      postgres: undefined,
      mysql: undefined,
      mariadb: undefined,
      mongodb: ["indexes: [{ properties: ['score', 'id'] }]"],
    },
  ],
  [
    'an order by a unique field, whose index does not end with the primary key in some',
    'posts',
    { orderBy: 'code' },
    {
      sqlite: undefined,
      postgres: undefined,
      mysql: undefined,
      mariadb: ["indexes: [{ properties: ['code'] }]"],
      mongodb: ["indexes: [{ properties: ['code', 'id'] }]"],
    },
  ],
  [
    'an order with nulls, which are the largest in some',
    'posts',
    { filters: { kind: 5 }, orderBy: 'note DESC' },
    {
      sqlite: undefined,
      postgres: [
        "indexes: [{ name: 'post_kind_note_nulls_first_ordered_index', columns: [{ name: 'kind' }, { name: 'note', nulls: 'first' }] }]",
      ],
      mysql: undefined,
      mariadb: undefined,
      mongodb: ["indexes: [{ properties: ['kind', 'note', 'id'] }]"],
    },
  ],
  [
    'an order behind nulls, which are a value like others in some',
    'posts',
    { filters: { kind: 5, note: ['isNull', true] }, orderBy: 'score' },
    {
      sqlite: ["indexes: [{ properties: ['kind', 'note', 'score'] }]"],
      postgres: undefined,
      mysql: ["indexes: [{ properties: ['kind', 'note', 'score'] }]"],
      mariadb: ["indexes: [{ properties: ['kind', 'note', 'score'] }]"],
      mongodb: undefined,
    },
  ],
  [
    'nulls, which the host leaves out of the index of a nullable property in some',
    'posts',
    { filters: { rank: ['isNull', true] } },
    {
      sqlite: undefined,
      postgres: undefined,
      mysql: undefined,
      mariadb: undefined,
      mongodb: ["indexes: [{ properties: ['rank'] }]"],
    },
  ],
  [
    'the beginning of a text in the default collation',
    'posts',
    { filters: { title: ['startsWith', 'a'] } },
    {
      sqlite: undefined,
      postgres: ["indexes: [{ name: 'post_title_c_ordered_index', columns: [{ name: 'title', collation: 'C' }] }]"],
      mysql: undefined,
      mariadb: undefined,
      mongodb: undefined,
    },
  ],
  [
    'a range in an order of two directions, which is not read backward in some',
    'posts',
    { filters: { score: ['>', 5] }, orderBy: ['score', 'code DESC'] },
    {
      sqlite: [
        "indexes: [{ name: 'post_score_desc_code_ordered_index', columns: [{ name: 'score', sort: 'desc' }, { name: 'code' }] }]",
      ],
      postgres: [
        "indexes: [{ name: 'post_score_desc_code_ordered_index', columns: [{ name: 'score', sort: 'desc' }, { name: 'code' }] }]",
      ],
      mysql: [
        "indexes: [{ name: 'post_score_code_desc_id_desc_ordered_index', columns: [{ name: 'score' }, { name: 'code', sort: 'desc' }, { name: 'id', sort: 'desc' }] }]",
      ],
      mariadb: [
        "indexes: [{ name: 'post_score_desc_code_ordered_index', columns: [{ name: 'score', sort: 'desc' }, { name: 'code' }] }]",
      ],
      mongodb: [
        "indexes: [{ name: 'post_score_desc_code__id_ordered_index', options: { 'score': -1, 'code': 1, '_id': 1 } }]",
      ],
    },
  ],
  [
    'alternatives by an index with a descending column',
    'posts',
    { filters: { or: [{ size: 5 }, { score: 6 }] } },
    {
      sqlite: undefined,
      postgres: undefined,
      mysql: [],
      mariadb: undefined,
      mongodb: ["indexes: [{ properties: ['size'] }]"],
    },
  ],
];

describe.each(DATABASES)('an index that serves a spec on %s', name => {
  const { entities, queries } = worldOf(name);
  let orm: MikroORM;
  beforeAll(async () => {
    orm = await initOrm(name, { entities, dbName: name === 'sqlite' ? ':memory:' : 'never_opened' });
    queries.posts.prepare(orm.em);
    queries.tags.prepare(orm.em);
  });
  afterAll(() => orm.close());

  it.each(CASES)('is known, or named, for %s', (_, of, spec, missing) => {
    expect(missingOf(() => queries[of].parse(spec))).toEqual(missing[name]);
  });
});

describe.each(['sqlite', 'postgres', 'mysql', 'mariadb'] as const)('the schema generator on %s', name => {
  it('indexes a foreign key where it is taken to be indexed', async () => {
    const { entities, queries } = worldOf(name);
    await using orm = await initOrm(name, { entities, dbName: name === 'sqlite' ? ':memory:' : 'never_opened' });
    queries.posts.prepare(orm.em);
    const missing = missingOf(() => queries.posts.parse({ filters: { 'writer.id': 5 } }));
    const sql = await orm.schema.getCreateSchemaSQL();
    expect(sql.includes('post_writer_id_index')).toBe(missing === undefined);
  });
});

function missingOf(parse: () => unknown): Missing {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof QuerySpecError && error.code === 'NOT_INDEXED') {
      return error.missingIndexes.map(({ code }) => code);
    }
    throw error;
  }
}

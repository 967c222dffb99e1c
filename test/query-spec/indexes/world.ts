import { type EntityManager, type EntityMetadata, type EntityName, defineEntity, p } from '@mikro-orm/core';

import { ORDERED_COLLATION, type Database } from '../databases.ts';

/** An index as an entity's `indexes` has it. */
export type Index = EntityMetadata['indexes'][number];

/** Indexes to add, by entity. */
export interface FurtherIndexes {
  readonly Post?: readonly Index[];
  readonly Author?: readonly Index[];
}

/** How many rows there are. */
export const POSTS = 30_000;
export const AUTHORS = 20_000;
const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2020, 0, 1);

function orderedTexts(database: Database) {
  const collation = ORDERED_COLLATION[database];
  return () => (collation ? p.string().length(60).collation(collation) : p.string());
}

/** Posts and their authors, with indexes of several kinds. */
export function entitiesOf(database: Database) {
  const ordered = orderedTexts(database);
  const Place = defineEntity({
    name: 'Place',
    embeddable: true,
    properties: { zip: p.integer().index(), street: ordered() },
  });
  const Author = defineEntity({
    name: 'Author',
    properties: {
      code: ordered().primary(),
      region: ordered().index(),
      motto: ordered(),
      posts: () => p.oneToMany(Post).mappedBy('author'),
    },
  });
  const Tag = defineEntity({
    name: 'Tag',
    properties: {
      id: p.integer().primary(),
      label: ordered().unique(),
      posts: () => p.manyToMany(Post).mappedBy('tags'),
    },
  });
  const Post = defineEntity({
    name: 'Post',
    indexes: [
      { properties: ['username', 'createdAt'] },
      { properties: ['kind', 'population', 'score'] },
      { columns: [{ name: 'title' }, { name: 'score', sort: 'desc' }] },
    ],
    properties: {
      id: p.integer().primary(),
      username: ordered().nullable(),
      createdAt: p.datetime().length(3),
      kind: p.integer(),
      population: p.integer(),
      score: p.integer(),
      code: ordered().unique(),
      title: ordered(),
      folded: p.string().length(60).index(),
      note: ordered().nullable().index(),
      rank: p.integer().nullable(),
      place: () => p.embedded(Place),
      author: () => p.manyToOne(Author).index(),
      tags: () => p.manyToMany(Tag).owner().index(),
    },
  });
  return { Author, Post, Tag };
}

/** The same with further indexes. */
export function withIndexes(entities: ReturnType<typeof entitiesOf>, { Post = [], Author = [] }: FurtherIndexes) {
  add(entities.Post.meta, Post);
  add(entities.Author.meta, Author);
  return entities;
}

function add(meta: EntityMetadata, indexes: readonly Index[]): void {
  meta.indexes.push(...indexes);
}

/** As wide as all others, so that few begin with one. */
function text(letter: string, number: number): string {
  return letter + String(number).padStart(5, '0');
}

/** A row's values by its number: no two columns go together, and few rows share a value. */
export function postAt(i: number) {
  return {
    id: i + 1,
    username: i % 100 === 0 ? null : text('u', (i * 7919) % 3001),
    createdAt: new Date(START + ((i * 10_007) % POSTS) * DAY * 0.1),
    kind: (i * 31) % 307,
    population: (i * 7907) % 9973,
    score: (i * 101) % 499,
    code: text('c', i),
    title: text('t', (i * 13) % 4001),
    folded: text('f', (i * 17) % 2003),
    note: i % 100 === 50 ? null : text('n', (i * 19) % 5003),
    rank: i % 100 === 25 ? null : (i * 23) % 6007,
    zip: (i * 29) % 4999,
    street: text('s', (i * 37) % 997),
    author: text('a', (i * 41) % AUTHORS),
  };
}

export function authorAt(i: number) {
  return { code: text('a', i), region: text('r', (i * 3) % 4001), motto: text('m', (i * 5) % 5003) };
}

export const TAGS = 5000;
const BATCH = 2000;

/** Fills the tables, and lets the database count what is in them. */
export async function store(
  em: EntityManager,
  database: Database,
  { Author, Post, Tag }: ReturnType<typeof entitiesOf>,
) {
  await insert(em, Author, AUTHORS, authorAt);
  await insert(em, Tag, TAGS, i => ({ id: i + 1, label: `l${i}` }));
  const connection = em.getConnection();
  // The host takes an embeddable by its columns here.
  await insert(em, Post, POSTS, i => {
    const { zip, street, ...row } = postAt(i);
    return { ...row, place_zip: zip, place_street: street };
  });
  for (let from = 1; from <= POSTS; from += BATCH) {
    const links = Array.from({ length: BATCH }, (_, i) => `(${from + i}, ${(((from + i) * 43) % TAGS) + 1})`);
    await connection.execute(`insert into post_tags (post_id, tag_id) values ${links.join(', ')}`);
  }
  await analyze(em, database);
}

async function insert(
  em: EntityManager,
  entity: EntityName,
  rows: number,
  rowAt: (i: number) => object,
): Promise<void> {
  for (let from = 0; from < rows; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => rowAt(from + i));
    await em.insertMany(entity, batch);
  }
}

async function analyze(em: EntityManager, database: Database): Promise<void> {
  const connection = em.getConnection();
  if (database === 'sqlite' || database === 'postgres') {
    await connection.execute('analyze');
  } else {
    await connection.execute('analyze table post, author, tag, post_tags');
  }
}

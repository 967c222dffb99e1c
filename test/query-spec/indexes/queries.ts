import { defineQuerySpec } from '@mikro-kit/query-spec';

import type { entitiesOf } from './world.ts';

const EQUAL = ['eq', 'ne', 'in', 'isNull'] as const;
const ORDERED = [...EQUAL, 'gt', 'lte', 'between'] as const;
const TEXT = [...ORDERED, 'startsWith', 'contains'] as const;

/** The posts' own fields that they are sorted by. */
export const POST_SORTS = [
  'username',
  'createdAt',
  'kind',
  'population',
  'score',
  'code',
  'title',
  'note',
  'rank',
  'place.zip',
  'id',
] as const;

/** What callers may ask, where an index serves it. */
export function queriesOf({ Author, Post }: ReturnType<typeof entitiesOf>) {
  return { posts: postsOf(Post), authors: authorsOf(Author) };
}

function postsOf(Post: ReturnType<typeof entitiesOf>['Post']) {
  return defineQuerySpec(Post, {
    requireIndexed: 'refuse',
    filter: {
      id: ORDERED,
      username: TEXT,
      createdAt: ORDERED,
      kind: ORDERED,
      population: ORDERED,
      score: ORDERED,
      code: TEXT,
      title: TEXT,
      folded: ['eq', 'in', 'startsWith'],
      note: TEXT,
      rank: ORDERED,
      'place.zip': ORDERED,
      'place.street': EQUAL,
      'author.code': EQUAL,
      'author.region': EQUAL,
      'author.motto': EQUAL,
      tags: ['some', 'none', 'every', 'size'],
      'tags.label': EQUAL,
    },
    sort: [...POST_SORTS, 'author.region'],
  });
}

function authorsOf(Author: ReturnType<typeof entitiesOf>['Author']) {
  return defineQuerySpec(Author, {
    requireIndexed: 'refuse',
    filter: {
      code: TEXT,
      region: TEXT,
      motto: TEXT,
      posts: ['some', 'none', 'every', 'size'],
      'posts.username': TEXT,
      'posts.rank': ORDERED,
    },
    sort: ['code', 'region', 'motto'],
  });
}

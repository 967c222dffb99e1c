import * as fc from 'fast-check';

import { POST_SORTS } from './queries.ts';
import { AUTHORS, POSTS, TAGS, authorAt, postAt } from './world.ts';

/** Numbers of rows, so that values are those of rows. */
const row = fc.nat({ max: POSTS - 1 });

function valueOf(field: string, i: number): unknown {
  const { createdAt, ...post } = postAt(i);
  const author = authorAt(i % AUTHORS);
  const values: Readonly<Record<string, unknown>> = {
    ...post,
    username: post.username ?? 'u00005',
    note: post.note ?? 'n00005',
    rank: post.rank ?? 5,
    createdAt: createdAt.toISOString(),
    'place.zip': post.zip,
    'place.street': post.street,
    'author.code': author.code,
    'author.region': author.region,
    'author.motto': author.motto,
    region: author.region,
    motto: author.motto,
  };
  return values[field];
}

/** Conditions that few rows satisfy: of one that most do, a scan is the right plan. */
function conditionOf(field: string, operators: readonly string[]): fc.Arbitrary<object> {
  return fc.tuple(fc.constantFrom(...operators), row, row).map(([operator, i, j]) => ({
    [field]: tupleOf(operator, field, i, j),
  }));
}

const FEW: Readonly<Record<string, readonly [low: unknown, high: unknown]>> = {
  createdAt: [postAt(0).createdAt.toISOString(), '2020-01-20T00:00:00.000Z'],
  id: [1, 200],
  kind: [0, 1],
  population: [0, 40],
  score: [0, 2],
  rank: [0, 20],
  'place.zip': [0, 20],
  username: ['u01000', 'u01001'],
  title: ['t01000', 't01001'],
  note: ['n01000', 'n01001'],
  code: ['c01000', 'c01001'],
};

function tupleOf(operator: string, field: string, i: number, j: number): readonly unknown[] {
  switch (operator) {
    case 'in':
      return ['in', [valueOf(field, i), valueOf(field, j)]];
    case 'isNull':
      return ['isNull', true];
    case 'startsWith':
      return ['startsWith', String(valueOf(field, i))];
    case 'contains':
      return ['contains', String(valueOf(field, i))];
    case 'between':
      return ['between', ...(FEW[field] ?? [])];
    case 'lte':
      return ['lte', FEW[field]?.[1]];
    default:
      return [operator, valueOf(field, i)];
  }
}

const NUMBERS = ['eq', 'eq', 'in', 'between', 'lte'] as const;
const TEXTS = ['eq', 'eq', 'in', 'between', 'startsWith'] as const;

const post = fc.oneof(
  ...(['id', 'kind', 'population', 'score', 'place.zip'] as const).map(field => conditionOf(field, NUMBERS)),
  conditionOf('rank', [...NUMBERS, 'isNull']),
  conditionOf('createdAt', ['eq', 'between', 'lte']),
  conditionOf('username', [...TEXTS, 'isNull']),
  conditionOf('username', TEXTS),
  conditionOf('title', TEXTS),
  conditionOf('code', TEXTS),
  conditionOf('note', [...TEXTS, 'isNull']),
  conditionOf('folded', ['eq', 'in', 'startsWith']),
  conditionOf('place.street', ['eq', 'in']),
  conditionOf('author.code', ['eq', 'in']),
  conditionOf('author.region', ['eq', 'in']),
  conditionOf('author.motto', ['eq', 'in']),
  conditionOf('title', ['contains', 'ne']),
  fc.tuple(fc.constantFrom('some', 'none', 'every'), fc.nat({ max: TAGS - 1 })).map(([quantifier, i]) => ({
    tags: { [quantifier]: { label: `l${i}` } },
  })),
);

const author = fc.oneof(
  conditionOf('region', ['eq', 'in', 'startsWith']),
  conditionOf('motto', ['eq', 'in', 'startsWith']),
  fc.tuple(fc.constantFrom('some', 'none'), row).map(([quantifier, i]) => ({
    posts: { [quantifier]: { username: valueOf('username', i) } },
  })),
);

const direction = fc.constantFrom('asc', 'asc', 'desc');

/** What a caller writes. */
export interface Input {
  readonly filters?: object;
  readonly orderBy: readonly string[];
  readonly limit: number;
}

function specOf(condition: fc.Arbitrary<object>, sorts: readonly string[]): fc.Arbitrary<Input> {
  const all = fc.array(condition, { maxLength: 3 });
  const any = fc.array(condition, { minLength: 2, maxLength: 2 }).map(or => [{ or }]);
  const nested = fc.tuple(condition, any).map(([first, or]) => [first, ...or]);
  const filters = fc.oneof({ weight: 8, arbitrary: all }, { weight: 2, arbitrary: any }, nested);
  const orderBy = fc.uniqueArray(fc.tuple(fc.constantFrom(...sorts), direction), {
    maxLength: 2,
    selector: ([field]) => field,
  });
  return fc.record({ filters, orderBy }).map(({ filters: and, orderBy: keys }) => ({
    ...(and.length > 0 && { filters: { and } }),
    orderBy: keys.map(([field, way]) => `${field} ${way}`),
    limit: 20,
  }));
}

/** What callers may ask of posts. */
export const postSpec = specOf(post, POST_SORTS);
export const authorSpec = specOf(author, ['region', 'motto', 'code']);

import { type QuerySpecOptions, QuerySpecError, type UnindexedSpec, defineQuerySpec } from '@mikro-kit/query-spec';
import { type InferEntity, MikroORM, type Options, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

const Place = defineEntity({
  name: 'Place',
  embeddable: true,
  properties: { zip: p.integer(), street: p.string().index() },
});

const Country = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string().index(),
    motto: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});

const Tag = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), label: p.string().unique(), color: p.string() },
});

const City = defineEntity({
  name: 'City',
  indexes: [
    { properties: ['username', 'createdAt'] },
    { properties: ['kind', 'size'], where: 'kind = 5' },
    { properties: ['kind', 'size'], expression: 'create index x on city (kind, size)', name: 'x' },
    { properties: ['size'], type: 'fulltext' },
    { columns: [{ name: 'population' }, { name: 'size', sort: 'desc' }] },
    { columns: [{ name: 'place_zip' }, { name: 'kind' }] },
  ],
  uniques: [{ properties: ['kind', 'serial'] }],
  properties: {
    id: p.integer().primary(),
    username: p.string(),
    createdAt: p.datetime(),
    population: p.integer(),
    size: p.integer(),
    kind: p.integer(),
    serial: p.integer(),
    note: p.string().nullable(),
    info: p.json<{ age?: number }>().nullable(),
    place: () => p.embedded(Place),
    country: () => p.manyToOne(Country),
    tags: () => p.manyToMany(Tag),
  },
});

type CityEntity = InferEntity<typeof City>;

const OPTIONS = {
  requireIndexed: 'refuse',
  filter: {
    id: ['eq', 'in'],
    username: ['eq', 'ne', 'in', 'startsWith', 'contains', 'isNull'],
    createdAt: ['gt', 'between'],
    population: ['eq', 'gt', 'lt'],
    size: ['eq', 'gt'],
    kind: ['eq', 'in'],
    serial: ['eq'],
    note: ['eq', 'isNull', 'contains'],
    'info.age': ['eq', 'gt'],
    'place.zip': ['eq'],
    'place.street': ['eq'],
    'country.code': ['eq'],
    'country.name': ['eq', 'contains'],
    'country.motto': ['eq'],
    tags: ['some', 'none', 'every'],
    'tags.label': ['eq'],
    'tags.color': ['eq'],
  },
  types: { 'info.age': 'number' },
  sort: ['id', 'username', 'createdAt', 'population', 'size', 'note', 'country.name'],
} as const satisfies QuerySpecOptions<CityEntity, { 'info.age': 'number' }>;

async function open(options: Options = {}): Promise<MikroORM> {
  const orm = await MikroORM.init({ entities: [City, Country, Tag], dbName: ':memory:', ...options });
  onTestFinished(() => orm.close());
  return orm;
}

/** What a spec is refused with. */
function refusalOf(parse: () => unknown): QuerySpecError | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof QuerySpecError) return error;
    throw error;
  }
}

const SINCE = '2026-01-01T00:00:00Z';

describe('an index of the metadata', async () => {
  const orm = await MikroORM.init({ entities: [City, Country, Tag], dbName: ':memory:' });
  const { parse, prepare } = defineQuerySpec(City, OPTIONS);
  prepare(orm.em);
  await orm.close();

  it.each<[what: string, spec: object]>([
    ['everything, by primary key', {}],
    ['everything, by primary key from the other end', { orderBy: 'id DESC' }],
    [
      'equality, a range, and the order of that range',
      { filters: { username: 'a', createdAt: ['>', SINCE] }, orderBy: 'createdAt DESC' },
    ],
    ['equality, and the order of what follows', { filters: { username: 'a' }, orderBy: 'createdAt' }],
    ['equality, in the order of the same field', { filters: { username: 'a' }, orderBy: ['username', 'createdAt'] }],
    ['an order, alone', { orderBy: ['username', 'createdAt'] }],
    ['an order, from the other end', { orderBy: ['username DESC', 'createdAt DESC'] }],
    ['an order of mixed directions', { orderBy: ['population', 'size DESC'] }],
    ['an order of mixed directions, from the other end', { orderBy: ['population DESC', 'size'] }],
    [
      'a list, whose rows are sorted when they are found',
      { filters: { username: ['in', ['a', 'b']] }, orderBy: 'size' },
    ],
    ['the beginning of a text', { filters: { username: ['startsWith', 'a'] }, orderBy: 'username' }],
    ['a range, negated', { filters: { not: { population: ['>', 5] } } }],
    ['several alternatives', { filters: { or: [{ username: 'a' }, { population: 5 }] }, orderBy: 'note' }],
    ['nothing at all', { filters: { username: ['in', []] } }],
    ['whatever is asked beside a key', { filters: { id: 5, note: ['contains', 'x'] }, orderBy: 'note' }],
    [
      'whatever is asked beside a unique key of several fields',
      { filters: { kind: 1, serial: 2, note: 'x' }, orderBy: 'size' },
    ],
    ['fields of an embeddable', { filters: { 'place.zip': 5, kind: 6 } }],
    ['a field that its embeddable indexes', { filters: { 'place.street': 'x' } }],
    ['the key of a relation', { filters: { 'country.code': 'BR' } }],
    ["a relation's field", { filters: { 'country.name': 'Brazil' } }],
    ['links of rows that are found', { filters: { username: 'a', tags: { none: { label: 'x' } } } }],
  ])('serves %s', (_, spec) => {
    expect(refusalOf(() => parse(spec))?.message).toBeUndefined();
  });

  it.each<[what: string, spec: object, message: string, ...code: string[]]>([
    [
      'another order',
      { filters: { username: 'a' }, orderBy: 'size' },
      'username of City in the order size at /orderBy',
      "indexes: [{ properties: ['username', 'size'] }]",
    ],
    [
      'another direction',
      { orderBy: ['username DESC', 'createdAt'] },
      'City in the order username DESC, createdAt at /orderBy',
      "indexes: [{ name: 'city_username_desc_created_at_ordered_index', columns: [{ name: 'username', sort: 'desc' }, { name: 'createdAt' }] }]",
    ],
    [
      'one equality more',
      { filters: { username: 'a', size: 5 } },
      'username, size of City at /filters',
      "indexes: [{ properties: ['username', 'size'] }]",
    ],
    [
      'a field of an embeddable beside others',
      { filters: { 'place.zip': 5, size: 6 } },
      'place.zip, size of City at /filters',
      "indexes: [{ name: 'city_place_zip_size_ordered_index', columns: [{ name: 'place_zip' }, { name: 'size' }] }]",
    ],
    [
      'a gap',
      { filters: { createdAt: ['>', SINCE] } },
      'createdAt of City at /filters',
      "indexes: [{ properties: ['createdAt'] }]",
    ],
    [
      'what only partial ones and expressions have',
      { filters: { kind: 5, size: 6 } },
      'kind, size of City at /filters',
      "indexes: [{ name: 'city_kind_size_ordered_index', properties: ['kind', 'size'] }]",
    ],
    [
      'what a full-text index has',
      { filters: { size: 5 } },
      'size of City at /filters',
      "indexes: [{ name: 'city_size_ordered_index', properties: ['size'] }]",
    ],
    [
      'one of the alternatives',
      { filters: { or: [{ username: 'a' }, { note: 'x' }] } },
      'note of City at /filters',
      "indexes: [{ properties: ['note'] }]",
    ],
    [
      'a relation beside other fields',
      { filters: { 'country.name': 'Brazil', population: 5 } },
      'population, country of City at /filters',
      "indexes: [{ properties: ['population', 'country'] }]",
    ],
    [
      "a relation's field",
      { filters: { 'country.motto': 'x' } },
      'motto of Country at /filters',
      "indexes: [{ properties: ['motto'] }]",
    ],
    [
      'alternatives beyond a relation',
      { filters: { or: [{ username: 'a' }, { 'country.name': 'x' }] } },
      'alternatives of City that ask of its country at /filters',
    ],
    [
      'two ranges',
      { filters: { createdAt: ['>', SINCE], population: ['>', 5] } },
      'ranges of createdAt, population of City at once at /filters',
    ],
    [
      'a range in another order',
      { filters: { population: ['>', 5] }, orderBy: 'size' },
      'a range of population of City in an order that does not begin with population at /orderBy',
    ],
    [
      'what a text contains',
      { filters: { username: 'a', note: ['contains', 'x'] } },
      'what is asked of note of City at /filters',
    ],
    ['an inequality', { filters: { username: ['!=', 'a'] } }, 'what is asked of username of City at /filters'],
    [
      'what is outside of a range',
      { filters: { username: 'a', not: { createdAt: ['between', SINCE, SINCE] } } },
      'what is asked of createdAt of City at /filters',
    ],
    ['JSON', { filters: { 'info.age': 5 } }, 'info.age of City at /filters'],
    [
      "an order by a relation's field",
      { orderBy: 'country.name' },
      'the order of country.name for City, which has it in another table at /orderBy',
    ],
    ['links alone', { filters: { tags: { some: { label: 'x' } } } }, 'City by its tags alone at /filters'],
    [
      'too many alternatives',
      { filters: { and: Array.from({ length: 7 }, () => ({ or: [{ size: 1 }, { kind: 2 }] })) } },
      'more than 64 alternatives at /filters',
    ],
  ])('is missing for %s', (_, spec, message, ...code) => {
    const refusal = refusalOf(() => parse(spec));
    expect(refusal).toMatchObject({ code: 'NOT_INDEXED', message: `No index serves ${message}.` });
    expect(refusal?.missingIndexes.map(index => index.code)).toEqual(code);
  });

  it('is named for the developer, and not for the caller', () => {
    const refusal = refusalOf(() => parse({ filters: { username: 'a' }, orderBy: 'size' }));
    expect(refusal?.missingIndexes).toEqual([
      {
        entity: 'City',
        name: 'city_username_size_index',
        properties: ['username', 'size'],
        code: "indexes: [{ properties: ['username', 'size'] }]",
      },
    ]);
    expect(refusal?.toProblem()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'No index serves username of City in the order size at /orderBy.',
      code: 'NOT_INDEXED',
      pointer: '/orderBy',
    });
  });
});

describe('a spec that no index serves', () => {
  const unserved = { filters: { note: 'x' } };

  it('is refused when it is run, where no ORM was known when it was parsed, and no query is sent', async () => {
    const sent: unknown[] = [];
    const orm = await open({ debug: ['query'], logger: message => sent.push(message) });
    const query = defineQuerySpec(City, OPTIONS);
    const spec = query.parse(unserved);
    const em = orm.em.fork();
    for (const run of [query.find, query.findOne, query.count, query.list, query.page]) {
      await expect(run(em, spec)).rejects.toMatchObject({ code: 'NOT_INDEXED' });
    }
    await expect(query.stream(em, spec).next()).rejects.toMatchObject({ code: 'NOT_INDEXED' });
    expect(refusalOf(() => query.parse(unserved))?.code).toBe('NOT_INDEXED');
    expect(sent).toEqual([]);
  });

  it('is judged by the ORM that runs it, where there are several', async () => {
    const [one, other] = [await open(), await open()];
    const query = defineQuerySpec(City, OPTIONS);
    query.prepare(one.em);
    query.prepare(other.em);
    const spec = query.parse(unserved);
    await expect(query.find(other.em.fork(), spec)).rejects.toMatchObject({ code: 'NOT_INDEXED' });
  });

  it('is a warning of the host once for each shape, and runs', async () => {
    const warnings: string[] = [];
    const orm = await open({ logger: message => warnings.push(message), colors: false });
    await orm.schema.create();
    const query = defineQuerySpec(City, { ...OPTIONS, requireIndexed: 'report' });
    query.prepare(orm.em);
    for (const note of ['x', 'y']) {
      expect(await query.find(orm.em.fork(), query.parse({ filters: { note } }))).toEqual([]);
    }
    await query.find(orm.em.fork(), query.parse({ filters: { username: 'served' } }));
    expect(warnings).toEqual([
      "[info] query-spec: No index serves note of City. Add to City: indexes: [{ properties: ['note'] }]. (city?note=)",
    ]);
  });

  it('is told to a function once for each shape, whose failure is a warning', async () => {
    const [told, warnings]: [UnindexedSpec[], string[]] = [[], []];
    const orm = await open({ logger: message => warnings.push(message), colors: false });
    await orm.schema.create();
    const requireIndexed = (unindexed: UnindexedSpec): void => {
      told.push(unindexed);
      throw new Error('no room');
    };
    const query = defineQuerySpec(City, { ...OPTIONS, requireIndexed });
    const find = (spec: object): Promise<unknown[]> => query.find(orm.em.fork(), query.parse(spec));
    await find(unserved);
    await find(unserved);
    await find({ orderBy: 'note' });
    expect(told.map(({ shape, message, missingIndexes }) => [shape, message, missingIndexes.length])).toEqual([
      ['city?note=', 'No index serves note of City.', 1],
      ['city?sort=note', 'No index serves City in the order note.', 1],
    ]);
    expect(warnings[0]).toBe('[info] query-spec: requireIndexed failed for city?note=: Error: no room');
  });

  it('is a fault of the definition when the defaults make it', async () => {
    const orm = await open();
    const query = defineQuerySpec(City, { ...OPTIONS, defaults: { orderBy: 'note DESC' } });
    expect(refusalOf(() => query.prepare(orm.em))).toMatchObject({
      code: 'INVALID_DEFINITION',
      pointer: '/defaults/orderBy',
      message:
        "In the defaults: No index serves City in the order note DESC at /orderBy. Add to City: indexes: [{ properties: ['note'] }].",
    });
  });
});

/** What a spec is refused with beside declared indexes. */
async function declared(assumeIndexed: readonly (readonly string[])[], spec: object) {
  const orm = await open();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- wrong ones are tried
  const query = defineQuerySpec(City, { ...OPTIONS, assumeIndexed: assumeIndexed as never });
  return refusalOf(() => {
    query.prepare(orm.em);
    query.parse(spec);
  });
}

describe('indexes that are declared', () => {
  it.each<[what: string, assumed: readonly (readonly string[])[], spec: object]>([
    ['JSON', [['info.age']], { filters: { 'info.age': ['>', 5] } }],
    ['what a text contains', [['note']], { filters: { note: ['contains', 'x'] }, orderBy: 'size' }],
    ['several fields', [['note', 'size']], { filters: { note: 'x' }, orderBy: 'size DESC' }],
    ['orders of any direction', [['note', 'size']], { orderBy: ['note', 'size DESC'] }],
    ['a relation', [['country', 'population']], { filters: { 'country.name': 'x', population: 5 } }],
    ["a relation's key", [['country.code', 'population']], { filters: { 'country.code': 'x', population: 5 } }],
    ["a relation's field", [['country.motto']], { filters: { 'country.motto': 'x' } }],
    ['what a partial index has', [['kind', 'size']], { filters: { kind: 5, size: 6 } }],
    ['an embeddable', [['place.street', 'size']], { filters: { 'place.street': 'x', size: 6 } }],
    ['related entities', [['tags.color']], { filters: { username: 'a', tags: { some: { color: 'x' } } } }],
  ])('serve %s', async (_, assumed, spec) => {
    expect((await declared([], spec))?.code).toBe('NOT_INDEXED');
    expect(await declared(assumed, spec)).toBeUndefined();
  });

  it.each<[assumed: readonly (readonly string[])[], pointer: string]>([
    [[['id'], ['nothing']], '/assumeIndexed/1/0'],
    [[['population', 'country.name']], '/assumeIndexed/0'],
    [[[]], '/assumeIndexed/0'],
    [[['tags']], '/assumeIndexed/0/0'],
  ])('are refused when they cannot be: %j', async (assumed, pointer) => {
    expect(await declared(assumed, {})).toMatchObject({ code: 'INVALID_DEFINITION', pointer });
  });

  it('need a mode that there is', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a wrong one
    const wrong = { ...OPTIONS, requireIndexed: 'throw' as never };
    expect(refusalOf(() => defineQuerySpec(City, wrong))).toMatchObject({
      code: 'INVALID_DEFINITION',
      pointer: '/requireIndexed',
    });
  });
});

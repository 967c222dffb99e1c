import { deepStrictEqual } from 'node:assert';

import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { defineEntity, helper, p, Type, wrap } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MySqlDriver } from '@mikro-orm/mysql';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqlMikroORM, type Options, type SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, mariadb, mysql, postgres } from '../servers/index.ts';

/** A value of a class of its own. */
class Angle {
  readonly degrees: number;

  constructor(degrees: number) {
    this.degrees = degrees;
  }
}

class AngleType extends Type<Angle, number> {
  override convertToDatabaseValue(value: Angle): number {
    return value instanceof Angle ? value.degrees : value;
  }

  override convertToJSValue(value: number): Angle {
    return new Angle(value);
  }

  override getColumnType(): string {
    return 'integer';
  }
}

const Address = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { street: p.string(), since: p.datetime().nullable(), slope: p.type(AngleType).nullable() },
});

const Owner = defineEntity({
  name: 'Owner',
  properties: { id: p.integer().primary(), name: p.string(), things: () => p.oneToMany(Thing).mappedBy('owner') },
});

const Label = defineEntity({ name: 'Label', properties: { id: p.integer().primary(), text: p.string() } });

const Thing = defineEntity({
  name: 'Thing',
  discriminatorColumn: 'kind',
  properties: {
    id: p.bigint('bigint').primary(),
    kind: p.string(),
    large: p.bigint('string').nullable(),
    price: p.decimal('string').precision(20).scale(4).nullable(),
    ratio: p.double().nullable(),
    isGood: p.boolean().nullable(),
    at: p.datetime().nullable(),
    day: p.date().nullable(),
    bytes: p.blob().nullable(),
    octets: p.uint8array().nullable(),
    json: p.json<unknown>().nullable(),
    words: p.array().nullable(),
    uuid: p.uuid().nullable(),
    angle: p.type(AngleType).nullable(),
    secret: p.string().hidden().nullable(),
    essay: p.text().lazy().ref().nullable(),
    twice: p
      .double()
      .formula((columns: Record<string, unknown>) => `${String(columns['ratio'])} * 2`)
      .nullable(),
    home: () => p.embedded(Address).nullable(),
    work: () => p.embedded(Address).object().nullable(),
    addresses: () => p.embedded(Address).array().nullable(),
    owner: () => p.manyToOne(Owner).ref().nullable(),
    twin: () => p.manyToOne(Thing).ref().nullable(),
    labels: () => p.manyToMany(Label),
  },
});

const Special = defineEntity({
  name: 'Special',
  extends: Thing,
  discriminatorValue: 'special',
  properties: { extra: p.string().nullable() },
});
const Plain = defineEntity({ name: 'Plain', extends: Thing, discriminatorValue: 'plain', properties: {} });

for (const entity of [Owner, Thing]) cacheable(entity, { expiration: 600_000 });
const entities = [Address, Owner, Label, Thing, Special, Plain];

const reads: Readonly<Record<string, (em: SqlEntityManager) => Promise<unknown>>> = {
  find: em => em.find(Thing, {}, { orderBy: { id: 'asc' } }),
  'find of a subclass': em => em.find(Special, {}),
  'findOne of what is almost empty': em => em.findOne(Thing, 2n),
  'find of nothing': em => em.find(Thing, { secret: 'none' }),
  'findOne of nothing': em => em.findOne(Thing, 99n),
  'count of nothing': em => em.count(Thing, { secret: 'none' }),
  'populated by join': em =>
    em.find(Thing, {}, { populate: ['owner', 'twin', 'labels', 'essay'], strategy: 'joined', orderBy: { id: 'asc' } }),
  'populated by select': em =>
    em.find(
      Thing,
      {},
      { populate: ['owner.things', 'twin', 'labels', 'essay'], strategy: 'select-in', orderBy: { id: 'asc' } },
    ),
  'the same row by two paths': em => em.find(Owner, {}, { populate: ['things.twin', 'things.owner'] }),
  'some fields': em => em.find(Thing, {}, { fields: ['angle', 'home', 'price', 'owner.name'], orderBy: { id: 'asc' } }),
  'a lazy reference': em => em.getReference(Thing, 1n, { wrapped: true }).load(),
  'a QueryBuilder': em =>
    em.createQueryBuilder(Thing, 't').leftJoinAndSelect('t.owner', 'o').orderBy({ id: 'asc' }).getResultList(),
  "a QueryBuilder's rows": em => em.createQueryBuilder(Thing).orderBy({ id: 'asc' }).execute(),
  'without the identity map': em => em.find(Thing, {}, { disableIdentityMap: true, orderBy: { id: 'asc' } }),
};

const inMemory = { mikroOrmOptions: () => ({ dbName: ':memory:' }), stop: () => Promise.resolve() };
describe('values on SQLite', () => {
  values({ driver: SqliteDriver, start: () => Promise.resolve(inMemory) });
});
await describeWith('postgres', 'values on PostgreSQL', () => {
  values({ driver: PostgreSqlDriver, start: () => postgres() });
});
await describeWith('mysql', 'values on MySQL', () => {
  values({ driver: MySqlDriver, start: () => mysql() });
});
await describeWith('mariadb', 'values on MariaDB', () => {
  values({ driver: MariaDbDriver, start: () => mariadb() });
});

interface Place {
  readonly driver: NonNullable<Options['driver']>;
  readonly start: () => Promise<{ mikroOrmOptions(): object; stop(): Promise<void> }>;
}

function values({ driver, start }: Place): void {
  let server: Awaited<ReturnType<Place['start']>>;
  let orm: SqlMikroORM;
  beforeAll(async () => {
    server = await start();
    orm = await SqlMikroORM.init({ driver, entities, ...server.mikroOrmOptions(), extensions: [resultCache()] });
    await orm.schema.create();
    await seed(orm.em.fork());
  });
  afterAll(async () => {
    await orm?.close();
    await server?.stop();
  });

  it.each(Object.entries(reads))(
    '%s: a hit is deep-equal to what the database gives, snapshots included',
    async (_name, read) => {
      const cache = getResultCache(orm);
      cache.enabled = false;
      const plain = orm.em.fork();
      const expected = await read(plain);
      cache.enabled = true;
      await read(orm.em.fork());
      const em = orm.em.fork();
      let found: unknown;
      const explained = await cache.explain(async () => (found = await read(em)));
      expect(new Set(explained.map(({ kind }) => kind))).toEqual(new Set(['hit']));
      deepStrictEqual(found, expected);
      deepStrictEqual(managed(em), managed(plain));
      em.getUnitOfWork().computeChangeSets();
      expect(em.getUnitOfWork().getChangeSets()).toEqual([]);
    },
  );

  it('what a caller does to a hit stays with the caller', async () => {
    const first = (): Promise<unknown> =>
      orm.em
        .fork()
        .findOneOrFail(Thing, 1n)
        .then(thing => wrap(thing).toPOJO());
    const expected = await first();
    const hit = await orm.em.fork().findOneOrFail(Thing, 1n);
    hit.at?.setFullYear(1);
    hit.bytes?.fill(9);
    hit.octets?.fill(9);
    hit.words?.push('poison');
    if (hit.work) hit.work.street = 'poison';
    Object.assign(hit.json ?? {}, { poison: true });
    expect(await first()).toStrictEqual(expected);
  });

  it('a hit does not overwrite what is managed and fresher, flushed or not', async () => {
    await orm.em.fork().find(Thing, {});
    const em = orm.em.fork();
    const thing = await em.findOneOrFail(Thing, 2n);
    thing.secret = 'mine';
    await em.find(Thing, {}, { flushMode: 'commit' });
    expect(thing.secret).toBe('mine');
    await em.flush();
    await em.find(Thing, {});
    expect(thing.secret).toBe('mine');
    expect((await orm.em.fork().findOneOrFail(Thing, 2n)).secret).toBe('mine');
  });
}

async function seed(em: SqlEntityManager): Promise<void> {
  const owner = em.create(Owner, { id: 1, name: 'Ada' });
  const labels = [1, 2].map(id => em.create(Label, { id, text: `label ${id}` }));
  const at = new Date('2024-02-29T12:34:56.000Z');
  const home = { street: 'Main', since: at, slope: new Angle(3) };
  const one = em.create(Special, {
    id: 1n,
    kind: 'special',
    large: '9007199254740993',
    price: '12345678.1234',
    ratio: 0.1,
    isGood: true,
    at,
    day: '2024-02-29',
    bytes: Buffer.from([0, 255, 7]),
    octets: new Uint8Array([1, 0, 255]),
    json: { list: [1, null, { deep: 'ü' }], empty: {} },
    words: ['a', 'b c'],
    uuid: '7f1c0b9e-5a51-4c5d-9b0a-2d6f6d0d6c11',
    angle: new Angle(90),
    secret: 'hidden',
    essay: 'long',
    home,
    work: home,
    addresses: [home, { street: 'Side' }],
    owner,
    labels,
    extra: 'more',
  });
  em.create(Plain, { id: 2n, kind: 'plain', isGood: false, ratio: 0, json: [], essay: null, owner, twin: one });
  await em.flush();
}

/** What the host knows of each entity besides its properties. */
function managed(em: SqlEntityManager): unknown {
  return [...em.getUnitOfWork().getIdentityMap()].map(entity => {
    const { __originalEntityData, __loadedProperties, __initialized } = helper(entity);
    return [helper(entity).getSerializedPrimaryKey(), __originalEntityData, __loadedProperties, __initialized];
  });
}

import { deepStrictEqual } from 'node:assert';

import { cacheable, getResultCache, memoryStore, resultCache } from '@mikro-kit/result-cache';
import { defineEntity, helper, MikroORM, ObjectId, p, Type, type EntityManager } from '@mikro-orm/mongodb';
import {
  Binary,
  BSONRegExp,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  Timestamp,
  UUID,
  type Document,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup } from '../servers/index.ts';

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
}

const Address = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { street: p.string(), since: p.datetime().nullable(), slope: p.type(AngleType).nullable() },
});

const Owner = defineEntity({
  name: 'Owner',
  properties: {
    _id: p.type(ObjectId).primary(),
    name: p.string(),
    things: () => p.oneToMany(Thing).mappedBy('owner'),
  },
});

const Thing = defineEntity({
  name: 'Thing',
  properties: {
    _id: p.type(ObjectId).primary(),
    id: p.string().serializedPrimaryKey().nullable(),
    large: p.bigint('bigint').nullable(),
    price: p.decimal('string').nullable(),
    ratio: p.double().nullable(),
    isGood: p.boolean().nullable(),
    at: p.datetime().nullable(),
    day: p.date().nullable(),
    bytes: p.blob().nullable(),
    octets: p.uint8array().nullable(),
    json: p.json<object>().nullable(),
    words: p.array().nullable(),
    uuid: p.uuid().nullable(),
    angle: p.type(AngleType).nullable(),
    secret: p.string().hidden().nullable(),
    essay: p.text().lazy().ref().nullable(),
    renamed: p.string().fieldName('other_name').nullable(),
    home: () => p.embedded(Address).nullable(),
    work: () => p.embedded(Address).object().nullable(),
    addresses: () => p.embedded(Address).array().nullable(),
    owner: () => p.manyToOne(Owner).ref().nullable(),
    twin: () => p.manyToOne(Thing).ref().nullable(),
    friends: () => p.manyToMany(Thing),
  },
});

/** What a document can hold besides. */
const Anything = defineEntity({ name: 'Anything', properties: { _id: p.integer().primary() } });

for (const entity of [Owner, Thing, Anything]) cacheable(entity, { expiration: 600_000 });
const entities = [Address, Owner, Thing, Anything];

const [one, two] = [new ObjectId('65a000000000000000000001'), new ObjectId('65a000000000000000000002')];

const reads: Readonly<Record<string, (em: EntityManager) => Promise<unknown>>> = {
  find: em => em.find(Thing, {}, { orderBy: { _id: 'asc' } }),
  findOne: em => em.findOne(Thing, one),
  'findOne by its text': em => em.findOne(Thing, one.toHexString()),
  'find of nothing': em => em.find(Thing, { secret: 'none' }),
  populated: em => em.find(Thing, {}, { populate: ['owner.things', 'twin', 'friends', 'essay'] }),
  'the same document by two paths': em => em.find(Owner, {}, { populate: ['things.twin', 'things.owner'] }),
  'some fields': em => em.find(Thing, {}, { fields: ['angle', 'home', 'price', 'owner.name'] }),
  'without the identity map': em => em.find(Thing, {}, { disableIdentityMap: true }),
  aggregate: em => em.aggregate(Thing, [{ $sort: { _id: 1 } }]),
  'every type of BSON': everything,
};

await describeWith('mongodb', 'values on MongoDB', () => {
  let servers: MongoGroup<0>;
  let orm: MikroORM;
  const store = memoryStore();
  const open = (): Promise<MikroORM> =>
    MikroORM.init({ entities, ...servers.mikroOrmOptions(), extensions: [resultCache({ store })] });
  beforeAll(async () => {
    servers = await mongodb();
    orm = await open();
    await orm.schema.create();
    await seed(orm.em.fork());
    await orm.em.fork().getCollection<Document & { _id: number }>('anything').insertOne(anything());
  });
  afterAll(async () => {
    await orm?.close();
    await servers?.stop();
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

  it('values of a hit work as those of the database do, also in a process that has not met their classes', async () => {
    await using fresh = await open();
    await everything(orm.em.fork());
    for (const process of [fresh, fresh, orm]) {
      const found = await everything(process.em.fork());
      const copies = process.em.fork().getCollection<Document & { _id: number }>('copies');
      deepStrictEqual(
        found,
        await orm.em.fork().getCollection<Document & { _id: number }>('anything').findOne({ _id: 1 }),
      );
      await copies.replaceOne({ _id: 1 }, found, { upsert: true });
      deepStrictEqual(await copies.findOne({}), found);
    }
    expect(getResultCache(orm).stats().hits).toBeGreaterThan(0);
  });

  describe('keys', () => {
    const at = new Date('2024-02-29T12:34:56.000Z');
    const values: readonly unknown[] = [
      1,
      1n,
      '1',
      new Double(1),
      Long.fromNumber(1),
      Decimal128.fromString('1'),
      -0,
      0,
      NaN,
      true,
      'true',
      null,
      undefined,
      '',
      [],
      {},
      [1],
      { 0: 1 },
      one,
      two,
      one.toHexString(),
      at,
      at.toISOString(),
      at.getTime(),
      new Date(NaN),
      /a/,
      /a/i,
      'a',
      new BSONRegExp('a'),
      Buffer.from('a'),
      new Binary(Buffer.from('a')),
      new Binary(Buffer.from('a'), 5),
      new Code('a'),
      new UUID('7f1c0b9e-5a51-4c5d-9b0a-2d6f6d0d6c11'),
      '7f1c0b9e-5a51-4c5d-9b0a-2d6f6d0d6c11',
      new MinKey(),
      new MaxKey(),
      new Timestamp({ t: 1, i: 1 }),
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { $in: [1, 2] },
      { $in: [2, 1] },
      { $in: ['1', '2'] },
      { $gte: one },
      { $gte: two },
      9_007_199_254_740_993n,
      Long.fromString('9007199254740993'),
    ];
    it('two values share none, whatever their types', async () => {
      const cache = getResultCache(orm);
      const { misses } = cache.stats();
      const countOf = async (value: unknown): Promise<unknown> =>
        orm.em
          .fork()
          .aggregate(Anything, [{ $match: { x: value } }])
          .catch(() => 'refused');
      for (const value of values) await countOf(value);
      expect(cache.stats().misses - misses).toBe(values.length);
    });
  });
});

async function seed(em: EntityManager): Promise<void> {
  const owner = em.create(Owner, { name: 'Ada' });
  const at = new Date('2024-02-29T12:34:56.789Z');
  const home = { street: 'Main', since: at, slope: new Angle(3) };
  const first = em.create(Thing, {
    _id: one,
    large: 9_007_199_254_740_993n,
    price: '12345678.1234',
    ratio: 0.1,
    isGood: true,
    at,
    day: '2024-02-29',
    bytes: Buffer.from([0, 255, 7]),
    octets: new Uint8Array([1, 0, 255]),
    json: { list: [1, null, { deep: 'ü' }], empty: {}, at, id: two },
    words: ['a', '\u0000b'],
    uuid: '7f1c0b9e-5a51-4c5d-9b0a-2d6f6d0d6c11',
    angle: new Angle(90),
    secret: 'hidden',
    essay: 'long',
    renamed: 'same',
    home,
    work: home,
    addresses: [home, { street: 'Side' }],
    owner,
  });
  const second = em.create(Thing, { _id: two, isGood: false, ratio: -0, json: [], essay: null, owner, twin: first });
  first.friends.add(second);
  await em.flush();
}

async function everything(em: EntityManager): Promise<Document> {
  return (await em.aggregate(Anything, [{ $match: { _id: 1 } }]))[0];
}

function anything(): Document & { _id: number } {
  return {
    _id: 1,
    int: new Int32(1),
    double: new Double(1.5),
    whole: new Double(2),
    zero: -0,
    nan: NaN,
    infinite: -Infinity,
    long: Long.fromString('9007199254740993'),
    short: Long.fromNumber(7),
    decimal: Decimal128.fromString('1.10'),
    objectId: one,
    uuid: new UUID('7f1c0b9e-5a51-4c5d-9b0a-2d6f6d0d6c11'),
    buffer: Buffer.from([0, 255]),
    binary: new Binary(Buffer.from([1, 2, 3]), 128),
    at: new Date(-1),
    pattern: /^a.b\/c$/im,
    code: new Code('return 1'),
    scoped: new Code('return a', { a: two }),
    reference: new DBRef('owner', one),
    time: new Timestamp({ t: 2, i: 3 }),
    least: new MinKey(),
    most: new MaxKey(),
    text: '',
    marked: '\u0000',
    hex: `\u0000${one.toHexString()}`,
    nothing: null,
    list: [[], [null, [{ deep: [one] }]]],
    nested: { 'with space': { é: 1 }, '': 2 },
    ...JSON.parse('{ "__proto__": { "polluted": true }, "constructor": "x" }'),
  };
}

/** What the host knows of each entity besides its properties. */
function managed(em: EntityManager): unknown {
  return [...em.getUnitOfWork().getIdentityMap()].map(entity => {
    const { __originalEntityData, __loadedProperties, __initialized } = helper(entity);
    return [helper(entity).getSerializedPrimaryKey(), __originalEntityData, __loadedProperties, __initialized];
  });
}

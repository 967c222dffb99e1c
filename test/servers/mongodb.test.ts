import { defineEntity, MikroORM, p } from '@mikro-orm/mongodb';
import { Long, MongoClient, type MongoServerError, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup, until } from './index.ts';

interface User {
  name: string;
  age: number;
  tags?: string[];
}

await describeWith('mongodb', 'a MongoDB-compatible replica set', () => {
  let group: MongoGroup<1>;
  let client: MongoClient;

  beforeAll(async () => {
    group = await mongodb({ secondaries: 1 });
    client = await new MongoClient(group.url).connect();
  });
  afterAll(async () => {
    await client?.close();
    await group?.stop();
  });

  const database = () => client.db('test');
  const users = (name: string) => database().collection<User>(name);

  it('is a replica set to the driver', async () => {
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({ setName: 'test', isWritablePrimary: true, secondary: false });
    expect(hello['hosts']).toHaveLength(2);
  });

  describe('commands', () => {
    it('inserts, finds in order, pages through cursors, counts and lists values', async () => {
      const all = users('crud');
      await all.insertMany(people(300));
      const found = await all.find({}, { batchSize: 50 }).sort({ name: 1 }).toArray();
      expect(found.map(({ name }) => name)).toEqual(
        people(300)
          .map(({ name }) => name)
          .toSorted(),
      );
      expect(await all.countDocuments({ age: 5 })).toBe(6);
      expect(await all.estimatedDocumentCount()).toBe(300);
      expect(await all.distinct('tags')).toEqual(['t0', 't1', 't2']);
    });

    it('forgets a cursor that is closed early', async () => {
      const cursor = users('crud').find({}, { batchSize: 10 });
      await cursor.next();
      const id = cursor.id;
      await cursor.close();
      await expect(database().command({ getMore: id ?? Long.ONE, collection: 'crud' })).rejects.toMatchObject({
        code: 43,
      });
    });

    it('updates, upserts, replaces, modifies and deletes', async () => {
      const some = users('writes');
      await some.insertMany(people(10));
      expect((await some.updateMany({ age: { $lt: 3 } }, { $inc: { age: 100 } })).modifiedCount).toBe(3);
      expect((await some.updateOne({ name: 'new' }, { $set: { age: 1 } }, { upsert: true })).upsertedCount).toBe(1);
      expect(
        await some.findOneAndUpdate({ name: 'new' }, { $inc: { age: 1 } }, { returnDocument: 'after' }),
      ).toMatchObject({ age: 2 });
      expect((await some.replaceOne({ name: 'new' }, { name: 'newer', age: 0 })).modifiedCount).toBe(1);
      expect((await some.deleteMany({ age: { $gte: 100 } })).deletedCount).toBe(3);
    });

    it('aggregates, with $lookup', async () => {
      await users('people').insertMany([{ name: 'ann', age: 3 }]);
      await database()
        .collection('orders')
        .insertMany([{ by: 'ann' }, { by: 'ann' }, { by: 'bob' }]);
      const joined = await database()
        .collection('orders')
        .aggregate([
          { $lookup: { from: 'people', localField: 'by', foreignField: 'name', as: 'person' } },
          { $match: { 'person.age': 3 } },
          { $group: { _id: '$by', count: { $sum: 1 } } },
        ])
        .toArray();
      expect(joined).toEqual([{ _id: 'ann', count: 2 }]);
    });

    it('makes indexes, several at once, and lists collections and indexes', async () => {
      const indexed = users('indexed');
      await Promise.all([
        indexed.createIndex({ age: 1 }),
        indexed.createIndex({ name: 1 }),
        indexed.createIndex({ tags: 1, age: -1 }),
      ]);
      const names = (await indexed.indexes()).map(({ name }) => String(name));
      expect(new Set(names)).toEqual(new Set(['_id_', 'age_1', 'name_1', 'tags_1_age_-1']));
      await indexed.dropIndex('age_1');
      expect(await indexed.indexes()).toHaveLength(3);
      expect((await database().listCollections().toArray()).map(({ name }) => name)).toContain('indexed');
    });

    it('answers a second document with a unique value with 11000', async () => {
      const unique = users('unique');
      await unique.createIndex({ name: 1 }, { unique: true });
      await unique.insertOne({ name: 'ann', age: 1 });
      await expect(unique.insertOne({ name: 'ann', age: 2 })).rejects.toMatchObject({ code: 11_000 });
      await expect(
        unique.insertMany([
          { name: 'bob', age: 1 },
          { name: 'ann', age: 2 },
        ]),
      ).rejects.toMatchObject({ code: 11_000 });
    });

    it('writes once when a retryable write is sent twice', async () => {
      const command = {
        insert: 'retried',
        documents: [{ _id: new ObjectId() }],
        txnNumber: Long.fromNumber(1),
      };
      const session = client.startSession();
      const first = await database().command(command, { session });
      const second = await database().command(command, { session });
      expect([first['n'], second['n'], second['writeErrors']]).toEqual([1, 1, undefined]);
      await session.endSession();
    });

    it('ends a query that takes longer than it may', async () => {
      await users('slow').insertOne({ name: 'ann', age: 1 });
      const numbers = { $project: { n: { $range: [0, 3_000_000] } } };
      const slow = users('slow').aggregate([numbers, { $unwind: '$n' }, { $count: 'n' }], { maxTimeMS: 30 });
      await expect(slow.toArray()).rejects.toMatchObject({ code: 50 });
    });

    it('drops collections and databases', async () => {
      const other = client.db('other');
      await other.collection('gone').insertOne({ a: 1 });
      await other.dropDatabase();
      expect(await other.collection('gone').countDocuments()).toBe(0);
    });

    it('says honestly what it cannot', async () => {
      const stream = users('crud').watch();
      await expect(stream.next()).rejects.toMatchObject({
        code: 115,
        message: expect.stringContaining('TEST_MONGODB_URL'),
      });
      await stream.close();
      await expect(database().command({ mapReduce: 'crud' })).rejects.toMatchObject({ code: 59 });
    });
  });

  describe('transactions', () => {
    it('keep everything or nothing, and are not seen before they end', async () => {
      const accounts = users('accounts');
      await accounts.insertOne({ name: 'ann', age: 1 });
      const session = client.startSession();
      session.startTransaction();
      await accounts.insertOne({ name: 'bob', age: 1 }, { session });
      expect(await accounts.countDocuments({}, { session })).toBe(2);
      expect(await accounts.countDocuments()).toBe(1);
      await session.abortTransaction();
      expect(await accounts.countDocuments()).toBe(1);
      await session.withTransaction(() => accounts.insertOne({ name: 'bob', age: 1 }, { session }));
      expect(await accounts.countDocuments()).toBe(2);
      await session.endSession();
    });

    it('that meet another write to the same document can be run again', async () => {
      const contested = users('contested');
      await contested.insertOne({ name: 'ann', age: 0 });
      const session = client.startSession();
      session.startTransaction();
      await contested.findOne({ name: 'ann' }, { session });
      await contested.updateOne({ name: 'ann' }, { $inc: { age: 1 } });
      const conflict = await contested
        .updateOne({ name: 'ann' }, { $inc: { age: 1 } }, { session })
        .catch((error: MongoServerError) => error);
      expect(conflict).toMatchObject({ code: 112 });
      expect('hasErrorLabel' in conflict && conflict.hasErrorLabel('TransientTransactionError')).toBe(true);
      await session.abortTransaction();
      await session.withTransaction(() => contested.updateOne({ name: 'ann' }, { $inc: { age: 1 } }, { session }));
      expect(await contested.findOne({ name: 'ann' })).toMatchObject({ age: 2 });
      await session.endSession();
    });
  });

  describe('MikroORM', () => {
    const Author = defineEntity({
      name: 'Author',
      properties: { _id: p.type(ObjectId).primary(), name: p.string().unique() },
    });

    it('creates its schema, writes in a transaction and reads back', async () => {
      const orm = await MikroORM.init({ entities: [Author], ...group.mikroOrmOptions('orm') });
      await orm.schema.create();
      await orm.em.fork().transactional(async em => {
        em.create(Author, { name: 'Ann' });
        await em.flush();
      });
      expect(await orm.em.fork().find(Author, { name: 'Ann' })).toHaveLength(1);
      await expect(orm.em.fork().insert(Author, { name: 'Ann' })).rejects.toMatchObject({
        name: 'UniqueConstraintViolationException',
      });
      await orm.close(true);
    });
  });

  describe('the secondary', () => {
    it('answers clients that may read there, and refuses others and all writes', async () => {
      await users('copied').insertOne({ name: 'ann', age: 1 });
      await group.replicas[0].caughtUp();
      expect(await users('copied').find({}, { readPreference: 'secondary' }).toArray()).toHaveLength(1);
      const direct = new MongoClient(group.replicas[0].url);
      const copied = direct.db('test').collection('copied');
      await expect(copied.insertOne({})).rejects.toMatchObject({ code: 10_107 });
      await expect(direct.db('test').command({ count: 'copied' })).resolves.toMatchObject({ n: 1 });
      await direct.close();
    });

    it('lags, and a causally consistent session waits for it', async () => {
      await group.replicas[0].lag(600);
      const start = performance.now();
      const session = client.startSession({ causalConsistency: true });
      const document = { _id: new ObjectId() };
      await database().collection('causal').insertOne(document, { session });
      const from = { readPreference: 'secondary' } as const;
      expect(await database().collection('causal').findOne(document, from)).toBeNull();
      expect(
        await database()
          .collection('causal')
          .findOne(document, { ...from, session }),
      ).toEqual(document);
      expect(performance.now() - start).toBeGreaterThan(550);
      await session.endSession();
      await group.replicas[0].lag(0);
    });

    it('does not answer while it is paused, and goes on', async () => {
      const [replica] = group.replicas;
      await replica.pause();
      const ping = async () => {
        const hurried = new MongoClient(replica.url, { serverSelectionTimeoutMS: 400 });
        try {
          return await hurried.db('test').command({ ping: 1 });
        } finally {
          await hurried.close();
        }
      };
      await expect(ping()).rejects.toMatchObject({ name: 'MongoServerSelectionError' });
      await replica.resume();
      await expect(ping()).resolves.toMatchObject({ ok: 1 });
    });

    it('takes over when it is promoted, and the old primary is not believed when it comes back', async () => {
      const [replica] = group.replicas;
      await group.primary.kill();
      await replica.promote();
      await until(async () => (await database().collection('after').insertOne({ n: 1 })).acknowledged, {
        what: 'a write',
      });
      await group.primary.restart();
      await database().collection('after').insertOne({ n: 2 });
      const direct = new MongoClient(replica.url);
      expect(await direct.db('test').collection('after').countDocuments()).toBe(2);
      await direct.close();
    });
  });
});

function people(count: number): User[] {
  return Array.from({ length: count }, (_, i) => ({ name: `u${i}`, age: i % 50, tags: [`t${i % 3}`] }));
}

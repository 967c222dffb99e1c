import { getReadWriteSplit, readWriteSplit, type ReadWriteSplit } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import { defineEntity, MikroORM, ObjectId, p } from '@mikro-orm/mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { externalUrl } from '../servers/environment.ts';
import { anyServer, describeWith, mongodb, type MongoGroup, until } from '../servers/index.ts';

const City = defineEntity({
  name: 'City',
  tableName: 'cities',
  properties: { _id: p.type(ObjectId).primary(), name: p.string() },
});

interface Sent {
  readonly name: string;
  readonly address: string;
  readonly command: Readonly<Record<string, unknown>>;
}

const READS = new Set(['find', 'aggregate', 'count']);

await describeWith('mongodb', 'reads and writes on a replica set of MongoDB', () => {
  let servers: MongoGroup<1>;
  let orm: MikroORM;
  let split: ReadWriteSplit;
  let primary: string;
  let secondary: string;
  const sent: Sent[] = [];
  const reads = (): Sent[] => sent.filter(({ name }) => READS.has(name));
  const readPreferences = (): unknown[] => reads().map(({ command }) => modeOf(command));
  const inRequest = <T>(work: () => Promise<T>): Promise<T> => RequestContext.create(orm.em, work);

  beforeAll(async () => {
    servers = await mongodb({ secondaries: 1 });
    primary = `127.0.0.1:${servers.primary.port}`;
    secondary = `127.0.0.1:${servers.replicas[0].port}`;
    orm = await MikroORM.init({
      entities: [City],
      ...servers.mikroOrmOptions(),
      extensions: [
        readWriteSplit({
          mongo: {
            readPreference: 'secondary',
            tags: [{}],
            maxStalenessSeconds: 90,
            timeouts: { serverSelectionMs: 5_000, connectMs: 2_000 },
          },
        }),
      ],
    });
    split = getReadWriteSplit(orm);
    await inRequest(() => orm.schema.create());
    await inRequest(() => orm.em.fork().insert(City, { _id: new ObjectId(), name: 'Lima' }));
    await servers.replicas[0].caughtUp();
    orm.driver
      .getConnection()
      .getClient()
      .on('commandStarted', ({ commandName: name, address, command }) => {
        sent.push({ name, address, command });
      });
    await until(() => split.nodes().length === 2 && split.nodes().every(({ state }) => state === 'in'), {
      what: 'the driver to know both members',
    });
  });
  afterEach(() => void sent.splice(0));
  afterAll(async () => {
    await orm?.close();
    await servers?.stop();
  });

  it('sends every kind of read with the read preference, its tags and its staleness', async () => {
    const em = orm.em.fork();
    await em.find(City, {});
    await em.findOne(City, { name: 'Lima' });
    await em.count(City, {});
    await em.aggregate(City, [{ $match: {} }]);
    for await (const city of em.stream(City, {})) expect(city.name).toBe('Lima');
    expect(reads()).toHaveLength(5);
    for (const { command, address } of reads()) {
      expect(command['$readPreference']).toEqual({ mode: 'secondary', tags: [{}], maxStalenessSeconds: 90 });
      expect(address).toBe(secondary);
    }
  });

  it('gives the client its timeouts and retries', () => {
    const { retryWrites, retryReads, serverSelectionTimeoutMS, connectTimeoutMS } = orm.driver
      .getConnection()
      .getClient().options;
    expect({ retryWrites, retryReads, serverSelectionTimeoutMS, connectTimeoutMS }).toEqual({
      retryWrites: true,
      retryReads: true,
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 2_000,
    });
  });

  it('repeats writes safely: each carries its session and number', async () => {
    await inRequest(() => orm.em.fork().insert(City, { _id: new ObjectId(), name: 'Oslo' }));
    const insert = sent.find(({ name }) => name === 'insert');
    expect(insert?.command).toMatchObject({ lsid: expect.anything(), txnNumber: expect.anything() });
  });

  it('keeps a transaction on the primary, in one session', async () => {
    await inRequest(() =>
      orm.em.fork().transactional(async em => {
        await em.find(City, {});
        await em.insert(City, { _id: new ObjectId(), name: 'Pune' });
        await em.count(City, {});
      }),
    );
    const inside = sent.filter(({ command }) => command['autocommit'] === false);
    expect(inside.map(({ name }) => name)).toEqual(['find', 'insert', 'aggregate', 'commitTransaction']);
    expect(new Set(inside.map(({ address }) => address))).toEqual(new Set([primary]));
    expect(new Set(inside.map(({ command }) => JSON.stringify(command['lsid']))).size).toBe(1);
    expect(inside.map(({ command }) => modeOf(command) ?? 'primary')).toEqual(Array(4).fill('primary'));
  });

  it('reads from the primary inside write(), and what an aggregation writes', async () => {
    const em = orm.em.fork();
    await split.write(() => em.find(City, {}, { refresh: true }));
    await inRequest(() =>
      em.aggregate(City, [{ $match: { name: 'nobody' } }, { $out: 'archive' }]).catch(() => undefined),
    );
    expect(reads().map(({ address }) => address)).toEqual([primary, primary]);
  });

  it('reads from the primary by connectionType, also one row, a count and a stream', async () => {
    const em = orm.em.fork();
    const options = { connectionType: 'write' } as const;
    await em.find(City, {}, options);
    await em.findOne(City, { name: 'Lima' }, { ...options, refresh: true });
    await em.count(City, {}, options);
    for await (const city of em.stream(City, { where: { name: 'Lima' }, ...options })) expect(city.name).toBe('Lima');
    expect(reads().map(({ address }) => address)).toEqual([primary, primary, primary, primary]);
  });

  it('reads from the primary in a transaction and in write(), also when the URL of the client prefers secondaries', async () => {
    const { clientUrl, dbName } = servers.mikroOrmOptions();
    const preferring = `${clientUrl}&readPreference=secondary`;
    await using own = await MikroORM.init({
      entities: [City],
      clientUrl: preferring,
      dbName,
      extensions: [readWriteSplit()],
    });
    const addresses: string[] = [];
    const client = own.driver.getConnection().getClient();
    await own.em.fork().find(City, {});
    client.on('commandStarted', ({ commandName, address }) => READS.has(commandName) && addresses.push(address));
    const found = await own.em.fork().transactional(async em => {
      await em.insert(City, { _id: new ObjectId(), name: 'Quito' });
      return [await em.find(City, { name: 'Quito' }), await em.count(City, { name: 'Quito' })];
    });
    expect(found).toEqual([[expect.anything()], 1]);
    await getReadWriteSplit(own).write(() => own.em.fork().find(City, {}));
    expect(addresses).toEqual([primary, primary, primary]);
  });

  it('reads from the primary what the same request has just written', async () => {
    await servers.replicas[0].breakReplication();
    const found = await inRequest(async () => {
      const id = new ObjectId();
      await orm.em.fork().insert(City, { _id: id, name: 'Bergen' });
      return orm.em.fork().findOne(City, { _id: id });
    });
    await servers.replicas[0].repairReplication();
    expect(found).not.toBeNull();
    expect(readPreferences()).toEqual([undefined]);
  });

  it('reads by a token from a secondary that waits for its operation time, in a causally consistent session', async () => {
    await servers.replicas[0].lag(500);
    const id = new ObjectId();
    const token = await inRequest(async () => {
      await orm.em.fork().insert(City, { _id: id, name: 'Cusco' });
      return split.token();
    });
    const found = await inRequest(() => split.withToken(token, () => orm.em.fork().findOne(City, { _id: id })));
    await servers.replicas[0].lag(0);
    expect(found).not.toBeNull();
    const [read] = reads();
    expect(read).toMatchObject({
      address: secondary,
      command: { readConcern: { afterClusterTime: expect.anything() } },
    });
    expect(modeOf(read?.command)).toBe('secondary');
  });

  it('reads without a token what a secondary has, which may be old', async () => {
    await servers.replicas[0].breakReplication();
    const id = new ObjectId();
    await inRequest(() => orm.em.fork().insert(City, { _id: id, name: 'Arica' }));
    const found = await inRequest(() => orm.em.fork().findOne(City, { _id: id }));
    await servers.replicas[0].repairReplication();
    expect(found).toBeNull();
  });

  it('refuses a token of another database', () => {
    const foreign = Buffer.from('1 1/0/1 1 0').toString('base64url');
    expect(() => split.withToken(foreign, () => 1)).toThrow('it is of another database');
  });

  it('tells where a read would go, and of the members', () => {
    expect(split.explain()).toBe('secondary: the read preference');
    expect(split.write(() => split.explain())).toBe('primary: inside write()');
    expect(split.nodes().map(({ name, role }) => [name, role])).toEqual(
      expect.arrayContaining([
        [primary, 'primary'],
        [secondary, 'replica'],
      ]),
    );
  });

  it('leaves reads as they are while it is switched off', async () => {
    split.enabled = false;
    await orm.em.fork().find(City, {});
    split.enabled = true;
    expect(readPreferences()).toEqual([undefined]);
  });
});

const url = externalUrl('mongodb');

describe.skipIf(!url)(`a replica set of one's own${url ? '' : ' (TEST_MONGODB_URL is not set)'}`, () => {
  it('every write is found by its token, also in another client, and transactions stay on the primary', async () => {
    await using server = await anyServer('mongodb');
    const open = (): Promise<MikroORM> =>
      MikroORM.init({ entities: [City], ...server.mikroOrmOptions(), extensions: [readWriteSplit()] });
    await using writer = await open();
    await using reader = await open();
    for (let round = 0; round < 100; round++) {
      const id = new ObjectId();
      const token = await RequestContext.create(writer.em, async () => {
        await writer.em.transactional(em => em.insert(City, { _id: id, name: 'Lima' }));
        return getReadWriteSplit(writer).token();
      });
      const find = (): Promise<unknown> => reader.em.fork().findOne(City, id);
      expect(await getReadWriteSplit(reader).withToken(token, find)).not.toBeNull();
    }
  });
});

function modeOf(command: Readonly<Record<string, unknown>> | undefined): unknown {
  const preference: unknown = command?.['$readPreference'];
  return typeof preference === 'object' && preference !== null ? Reflect.get(preference, 'mode') : undefined;
}

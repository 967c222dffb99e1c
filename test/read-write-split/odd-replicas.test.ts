import { getReadWriteSplit, isReadWriteSplitError, type ReadWriteSplitOptions } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import type { MikroORM, Options } from '@mikro-orm/sql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, faultProxy, mysql, postgres, type PostgresGroup, until } from '../servers/index.ts';
import { query as askMysql } from '../servers/mysql/connection.ts';
import { query } from '../servers/postgres/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, makeCities, openOrm, type Product, QUICK, startCluster } from './cluster.ts';
import { becomes, recordEvents, startLoad, statusOf } from './load.ts';

/** An ORM of a cluster whose first replica has another address. */
function openWith(
  product: Product,
  servers: Pick<Cluster, 'mikroOrmOptions'>,
  { port }: { readonly port: number },
  options: ReadWriteSplitOptions = {},
  host: Partial<Options> = {},
): Promise<MikroORM> {
  const replicas = servers.mikroOrmOptions().replicas.map((own, at) => (at === 0 ? { ...own, port } : own));
  return openOrm(product, servers, { ...QUICK, ...options }, { ...host, replicas });
}

const read = (orm: MikroORM): Promise<unknown> => orm.em.fork().findOneOrFail(City, 1);
const insert = (orm: MikroORM, id: number): Promise<unknown> => orm.em.fork().insert(City, { id, name: 'Bergen' });
const isRefusedAsDown = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    error => isReadWriteSplitError(error, 'PRIMARY_DOWN'),
  );

await describeWith('postgres', 'odd replicas of PostgreSQL', () => {
  let servers: PostgresGroup<2>;

  beforeAll(async () => {
    servers = await postgres({ standbys: 2 });
    await makeCities('postgres', servers);
  });
  afterAll(() => servers?.stop());

  it('one that flaps stays out longer each time, comes back by little, and fails no read', async () => {
    await using proxy = await faultProxy(servers.replicas[0]);
    const eject = { minMs: 400, maxMs: 60_000, rampMs: 60_000 };
    await using orm = await openWith('postgres', servers, proxy, { eject });
    await using load = startLoad(orm);
    const events = recordEvents(orm);
    const outMs: number[] = [];
    getReadWriteSplit(orm).on('readmitted', event => outMs.push(event.outMs));
    await load.goesOn(100);
    for (let flap = 0; flap < 3; flap++) {
      await proxy.down();
      await becomes(orm, 'replica-0', 'out');
      await proxy.up();
      await becomes(orm, 'replica-0', 'in');
      expect(statusOf(orm, 'replica-0')?.state).toBe('ramping');
    }
    // Give or take a fifth.
    expect([320, 640, 1_280].map((least, at) => (outMs[at] ?? 0) >= least)).toEqual([true, true, true]);
    expect(events).toEqual([0, 1, 2].flatMap(() => ['ejected replica-0 down', 'readmitted replica-0']));
    expect(load.failedReads).toEqual([]);
  });

  it('one that accepts connections and never answers is out, and fails no read', async () => {
    await using proxy = await faultProxy(servers.replicas[0]);
    proxy.blackHole();
    await using orm = await openWith('postgres', servers, proxy, { connectTimeoutMs: 500 });
    await using load = startLoad(orm);
    const events = recordEvents(orm);
    await load.goesOn(100, 1);
    await becomes(orm, 'replica-0', 'out');
    await load.goesOn(100, 1);
    expect(events).toEqual(['ejected replica-0 silent']);
    expect(load.failedReads).toEqual([]);
  });

  it('one that answers reads, though its probes are cut off, is not given up', async () => {
    await using proxy = await faultProxy(servers.replicas[0]);
    await using orm = await openWith('postgres', servers, proxy, {}, { pool: { min: 4, max: 4 } });
    const split = getReadWriteSplit(orm);
    const reads = (): Promise<unknown> =>
      split.onNode('replica-0', () => Promise.all(Array.from({ length: 4 }, () => read(orm))));
    await reads();
    await until(() => statusOf(orm, 'replica-0')?.lagMs === 0, { what: 'a probe' });
    const events = recordEvents(orm);
    proxy.deafToNew();
    const probes =
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_stat_wal_receiver%' and pid <> pg_backend_pid()";
    await query(servers.replicas[0].port, probes);
    const before = proxy.accepted;
    // Each unanswered probe opens a connection of its own.
    await until(async () => (await reads(), proxy.accepted - before >= 5), { what: 'probes to go unanswered' });
    expect(events).toEqual([]);
    expect(statusOf(orm, 'replica-0')).toMatchObject({ state: 'suspect', lagMs: 'unknown' });
  });

  it('one that was restored from an older backup is asked for nothing that it has lost, until it has caught up', async () => {
    const [replica] = servers.replicas;
    await replica.breakReplication();
    const restore = await replica.backUp();
    await replica.repairReplication();
    await using orm = await openOrm('postgres', servers, {
      ...QUICK,
      consistency: 'causal',
      balance: () => 'replica-0',
    });
    const split = getReadWriteSplit(orm);
    const token = await RequestContext.create(orm.em, async () => {
      await orm.em.insert(City, { id: 50, name: 'Bergen' });
      return split.token();
    });
    const find = (): Promise<unknown> =>
      RequestContext.create(orm.em, () => split.withToken(token, () => orm.em.findOne(City, 50)));
    await until(() => split.reached('replica-0', token ?? ''), { what: 'the replica to have the row' });
    const events = recordEvents(orm);
    const end = new AbortController();
    const restoring = restore().finally(() => end.abort());
    while (!end.signal.aborted) expect(await find()).not.toBeNull();
    await restoring;
    expect(await split.reached('replica-0', token ?? '')).toBe(false);
    await until(() => statusOf(orm, 'replica-0')?.why.includes('receives no changes'), { what: 'a probe to find it' });
    expect(await find()).not.toBeNull();
    await replica.repairReplication();
    await becomes(orm, 'replica-0', 'in');
    expect(await split.reached('replica-0', token ?? '')).toBe(true);
    expect(events).toEqual(['ejected replica-0 down', 'readmitted replica-0']);
  });

  it('the pool of a primary that dies under its transactions is whole again when it is back', async () => {
    await using orm = await openOrm('postgres', servers, QUICK, { pool: { max: 2 } });
    const transact = (): Promise<unknown> => orm.em.fork().transactional(em => em.execute('select pg_sleep(0.01)'));
    for (let round = 0; round < 2; round++) {
      await transact();
      const running = Promise.allSettled(Array.from({ length: 10 }, transact));
      await servers.primary.kill();
      const outcomes = await running;
      expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
      await servers.primary.restart();
      await becomes(orm, 'primary', 'in');
      expect(await Promise.all(Array.from({ length: 10 }, transact))).toHaveLength(10);
    }
  });

  it('one of another cluster answers no reads, and is not followed when the primary dies', async () => {
    await using foreign = await postgres({ standbys: 1, cluster: 'another' });
    const [stranger] = foreign.replicas;
    await makeCities('postgres', foreign);
    await stranger.promote();
    await using orm = await openWith('postgres', servers, stranger);
    await read(orm);
    await becomes(orm, 'replica-0', 'out');
    expect(statusOf(orm, 'replica-0')?.why).toBe('is of another cluster than primary');
    await servers.primary.kill();
    const warnings: string[] = [];
    await using late = await openWith('postgres', servers, stranger, {}, { logger: line => warnings.push(line) });
    expect(await isRefusedAsDown(insert(late, 60))).toBe(true);
    await until(() => warnings.join().includes('nodes of different clusters'), { what: 'a warning' });
    for (const own of [orm, late]) {
      await becomes(own, 'primary', 'out');
      expect(await isRefusedAsDown(insert(own, 60))).toBe(true);
      expect(statusOf(own, 'primary')?.role).toBe('primary');
    }
    await servers.primary.restart();
    await until(() => insert(late, 60).then(() => true), { what: 'a write on the own primary' });
    const why = 'is of another cluster than primary';
    await until(() => statusOf(late, 'replica-0')?.why === why, { what: 'the stranger to be out' });
  });
});

await describeWith('mysql', 'odd replicas of MySQL', () => {
  let servers: Cluster;

  beforeAll(async () => {
    servers = await startCluster('mysql');
  });
  afterAll(() => servers?.stop());

  it('one that accepts connections and never answers is out, and fails no read', async () => {
    await using proxy = await faultProxy(servers.replicas[0]);
    proxy.blackHole();
    await using orm = await openWith('mysql', servers, proxy, { connectTimeoutMs: 500 });
    await using load = startLoad(orm);
    await load.goesOn(100, 1);
    await becomes(orm, 'replica-0', 'out');
    await load.goesOn(100, 1);
    expect(load.failedReads).toEqual([]);
  });

  it('one that has no connection left is passed over, and not ejected', async () => {
    const [{ port }] = servers.replicas;
    await askMysql(port, 'set global max_connections = 10');
    await using orm = await openOrm('mysql', servers, QUICK, { pool: { max: 50 } });
    await using load = startLoad(orm);
    const events = recordEvents(orm);
    await until(() => statusOf(orm, 'replica-0')?.why === 'had no connection, memory or disk left a moment ago', {
      what: 'a full replica',
    });
    await load.goesOn(100, 1);
    expect([load.failedReads, events]).toEqual([[], []]);
  });

  it('one of another cluster answers no reads, and is not followed when the primary dies', async () => {
    await using foreign = await mysql();
    await makeCities('mysql', foreign);
    await using orm = await openWith('mysql', servers, foreign.primary);
    await read(orm);
    await becomes(orm, 'replica-0', 'out');
    expect(statusOf(orm, 'replica-0')?.why).toBe('is of another cluster than primary');
    await servers.primary.kill();
    await becomes(orm, 'primary', 'out');
    expect(await isRefusedAsDown(insert(orm, 60))).toBe(true);
    expect(statusOf(orm, 'primary')?.role).toBe('primary');
  });
});

import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { describeWith, faultProxy, until } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, type Product, products, QUICK } from './cluster.ts';
import { becomes, type Load, recordEvents } from './load.ts';
import { type LoadedCluster, startLoadedCluster } from './loaded-cluster.ts';

for (const product of products) {
  await describeWith(product, `replicas that fail, under 50 readers and a writer, of ${product}`, () => {
    let loaded: LoadedCluster;
    let servers: Cluster;
    let orm: MikroORM;
    let load: Load;
    let events: string[];

    beforeAll(async () => {
      loaded = await startLoadedCluster(product);
      ({ servers, orm, load, events } = loaded);
    });
    beforeEach(() => loaded.forget());
    afterAll(() => loaded?.[Symbol.asyncDispose]());

    const noneFailed = (): void =>
      expect({ reads: load.failedReads, writes: load.failedWrites }).toEqual({ reads: [], writes: [] });

    it('no read fails when a replica is killed, and it is back when it is well', async () => {
      const [replica] = servers.replicas;
      await replica.kill();
      await becomes(orm, 'replica-0', 'out');
      await load.goesOn(100, 1);
      await replica.restart();
      await becomes(orm, 'replica-0', 'in');
      await load.goesOn(100, 1);
      expect(events).toEqual(['ejected replica-0 down', 'readmitted replica-0']);
      noneFailed();
    });

    it('no read fails when a replica falls silent: what it was asked is asked again elsewhere', async () => {
      const [replica] = servers.replicas;
      await replica.pause();
      await becomes(orm, 'replica-0', 'out');
      await load.goesOn(100, 1);
      await replica.resume();
      await becomes(orm, 'replica-0', 'in');
      await load.goesOn(100, 1);
      expect(events).toEqual(['ejected replica-0 silent', 'readmitted replica-0']);
      expect(load.retries()).toBeGreaterThan(0);
      noneFailed();
    });

    it('no read fails when one replica is killed and the other falls silent: the primary answers', async () => {
      const [first, second] = servers.replicas;
      await Promise.all([first.kill(), second.pause()]);
      await Promise.all([becomes(orm, 'replica-0', 'out'), becomes(orm, 'replica-1', 'out')]);
      await load.goesOn(100, 1);
      expect(getReadWriteSplit(orm).explain()).toMatch(/^primary: no replica answers: replica-0 .*; replica-1 /);
      await Promise.all([first.restart(), second.resume()]);
      await Promise.all([becomes(orm, 'replica-0', 'in'), becomes(orm, 'replica-1', 'in')]);
      expect(events.toSorted()).toEqual([
        'ejected replica-0 down',
        'ejected replica-1 silent',
        'readmitted replica-0',
        'readmitted replica-1',
      ]);
      noneFailed();
    });

    it('a replica that no longer replicates has an unknown lag and is out until it does', async () => {
      const [replica] = servers.replicas;
      await replica.breakReplication();
      await becomes(orm, 'replica-0', 'out');
      const [, status] = getReadWriteSplit(orm).nodes();
      expect(status).toMatchObject({ lagMs: 'unknown', why: 'it receives no changes, so its lag is unknown' });
      await replica.repairReplication();
      await becomes(orm, 'replica-0', 'in');
      expect(events).toEqual(['ejected replica-0 not replicating', 'readmitted replica-0']);
      noneFailed();
    });

    it('a replica that denies the account, or has no such database, is out, and no read fails', async () => {
      const { replicas } = servers.mikroOrmOptions();
      const denials = [{ user: 'nobody', password: 'wrong' }, { dbName: 'elsewhere' }];
      for (const denial of denials) {
        const denied = replicas.map((options, at) => (at === 0 ? { ...options, ...denial } : options));
        await using own = await openOrm(product, servers, { ...QUICK, balance: 'round-robin' }, { replicas: denied });
        for (let read = 0; read < 10; read++) await own.em.fork().findOneOrFail(City, 1);
        await becomes(own, 'replica-0', 'out');
        expect(getReadWriteSplit(own).nodes()[1]?.why).toContain('could not be asked');
      }
    });

    it('nothing is left open by an ORM that is closed during a probe', async () => {
      const { replicas } = servers.mikroOrmOptions();
      await using proxy = await faultProxy({ port: servers.replicas[0].port });
      const proxied = replicas.map((options, at) => (at === 0 ? { ...options, port: proxy.port } : options));
      const probing = { ...QUICK, probe: { intervalMs: 10, timeoutMs: 500 } };
      for (let round = 0; round < 10; round++) {
        const own = await openOrm(product, servers, probing, { replicas: proxied });
        await own.em.fork().findOneOrFail(City, 1);
        await until(() => proxy.connections > 0, { what: 'a probe' });
        await own.close();
      }
      await until(() => proxy.connections === 0, { what: 'no connection', deadlineMs: 5_000 });
      expect(proxy.connections).toBe(0);
    });

    it('what a replica does not know yet, as after a migration, is asked of the primary; what nobody knows fails', async () => {
      await Promise.all(servers.replicas.map(replica => replica.breakReplication()));
      await using own = await openOrm(product, servers, { ...QUICK, maxLagMs: Infinity });
      const read = (table: string): Promise<unknown> =>
        own.em.fork().execute(`select * from ${table}`, [], { connectionType: 'read' });
      await orm.em.execute('create table made_lately (id int primary key)');
      expect(await read('made_lately')).toEqual([]);
      await expect(read('never_made')).rejects.toThrow(/never_made/);
      await Promise.all(servers.replicas.map(replica => replica.repairReplication()));
      await Promise.all([becomes(orm, 'replica-0', 'in'), becomes(orm, 'replica-1', 'in')]);
    });

    it('a query that is slow on a healthy replica is left alone', async () => {
      const routes: string[] = [];
      const stop = getReadWriteSplit(orm).on(
        'routed',
        ({ reason, node }) => reason === 'node scope' && routes.push(node),
      );
      await getReadWriteSplit(orm).onNode('replica-1', () =>
        orm.em.fork().execute(`select ${sleepOf(product, 2)} as s`, [], { connectionType: 'read' }),
      );
      stop();
      expect(routes).toEqual(['replica-1']);
      expect(events).toEqual([]);
      noneFailed();
    });

    it('a replica that lags is out, with what runs there left to end, until it lags half as much', async () => {
      const [replica] = servers.replicas;
      await replica.lag(3_000);
      await using own = await openOrm(product, servers, QUICK);
      const split = getReadWriteSplit(own);
      const told = recordEvents(own);
      await own.em.fork().findOneOrFail(City, 1);
      const running = split.onNode('replica-0', () =>
        own.em.fork().execute(`select ${sleepOf(product, 3)} as s`, [], { connectionType: 'read' }),
      );
      await becomes(own, 'replica-0', 'out');
      expect(await running).toHaveLength(1);
      expect(split.nodes()[1]?.lagMs).toBeGreaterThan(1_000);
      await replica.lag(0);
      await becomes(own, 'replica-0', 'in');
      expect(told).toEqual(['lagging replica-0', 'ejected replica-0 lagging', 'readmitted replica-0']);
      noneFailed();
    });

    it('a stream moves to another node before its first row, and fails after it', async () => {
      const [replica] = servers.replicas;
      await using own = await openOrm(product, servers, { ...QUICK, balance: () => 'replica-0' });
      await own.em.fork().insertMany(
        City,
        Array.from({ length: 60 }, (_, at) => ({ id: 100 + at, name: 'many' })),
      );
      await replica.caughtUp();
      // More than what lies in buffers between the server and here.
      const rows = "select a.id, repeat('x', 500) as x from cities a, cities b, cities c limit 100000";
      const stream = (sql: string): AsyncIterableIterator<unknown> =>
        own.em.getConnection('read').stream(sql, [], undefined, undefined, 10);
      const opened = stream(rows);
      await opened.next();
      await replica.kill();
      await expect(Array.fromAsync(opened)).rejects.toThrow(/terminat|lost|closed|reset|EPIPE/i);
      await expect(Array.fromAsync(stream('select id from cities where id = 1'))).resolves.toEqual([{ id: 1 }]);
      await replica.restart();
      await becomes(orm, 'replica-0', 'in');
      noneFailed();
    });
  });
}

function sleepOf(product: Product, seconds: number): string {
  return product === 'postgres' ? `pg_sleep(${seconds})` : `sleep(${seconds})`;
}

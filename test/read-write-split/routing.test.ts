import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { ensureTap } from '@mikro-kit/statement-tap';
import { IsolationLevel, type MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { query } from '../servers/postgres/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, type Product, products, QUICK, startCluster } from './cluster.ts';
import { becomes, recordEvents } from './load.ts';

interface Tables {
  cities: { id: number; name: string };
}

/** Reads with effects, by product: sent as reads, they are run on the primary. */
const EFFECTS: Readonly<Record<Product, readonly string[]>> = {
  postgres: [
    "select set_config('app.user', '1', false)",
    'select pg_advisory_lock(1)',
    'select * from cities where id = 1 for no key update',
    'select * from cities where id = 1 for share',
    'with gone as (delete from cities where id = -1 returning id) select id from gone',
    "select nextval('numbers')",
    'select own_number()',
    "select pg_notify('news', 'x')",
    "notify news, 'x'",
    'select pg_terminate_backend(0)',
    'select pg_current_wal_lsn()',
    "select pg_create_physical_replication_slot('a_slot')",
    "select pg_drop_replication_slot('a_slot')",
    'select * into copied from cities',
    "explain analyze insert into cities (id, name) values (60, 'x')",
  ],
  mysql: [
    'select * from cities where id = 1 for update',
    'select * from cities where id = 1 lock in share mode',
    "select get_lock('a', 1)",
    'select last_insert_id()',
  ],
  mariadb: [
    'select * from cities where id = 1 for update',
    'select * from cities where id = 1 lock in share mode',
    "select get_lock('a', 1)",
    'select last_insert_id()',
    'select nextval(numbers)',
    'select next value for numbers',
    'select previous value for numbers',
  ],
};

for (const product of products) {
  await describeWith(product, `where statements go on ${product}`, () => {
    let servers: Cluster;
    let orm: MikroORM;
    const nodesOf = async (work: () => Promise<unknown>): Promise<string[]> => {
      const nodes: string[] = [];
      const stop = ensureTap(orm).observe(({ node }) => nodes.push(node));
      await work();
      stop();
      return nodes;
    };
    const asRead = (sql: string): Promise<unknown> => orm.em.fork().execute(sql, [], { connectionType: 'read' });
    const stream = (sql: string): Promise<unknown> => Array.fromAsync(orm.em.getConnection('read').stream(sql, []));
    const find = (): Promise<unknown> => orm.em.fork().findOne(City, 1);
    const transact = (): Promise<unknown> => orm.em.fork().transactional(em => em.findOne(City, 1), { readOnly: true });

    beforeAll(async () => {
      servers = await startCluster(product);
      orm = await openOrm(product, servers, { ...QUICK, primaryFunctions: ['own_number'] });
      if (product !== 'mysql') await orm.em.fork().execute('create sequence numbers');
      if (product === 'postgres') {
        const body = "returns bigint language sql as $$ select nextval('numbers') $$";
        await orm.em.fork().execute(`create function own_number() ${body}`);
      }
      await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
      await find();
    });
    afterAll(async () => {
      await orm?.close(true);
      await servers?.stop();
    });

    it.each(EFFECTS[product])('%s is run on the primary', async sql => {
      expect(new Set(await nodesOf(() => asRead(sql)))).toEqual(new Set(['primary']));
    });

    it('plain reads, and questions about the schema or a plan, are answered by replicas', async () => {
      const nodes = await nodesOf(async () => [await find(), await asRead('explain select * from cities')]);
      expect(nodes.every(node => node.startsWith('replica-'))).toBe(true);
    });

    it('an update, an insert of many and a delete sent as reads are run on the primary', async () => {
      const nodes = await nodesOf(async () => {
        await orm.em.fork().createQueryBuilder(City, 'c', 'read').update({ population: 1 }).where({ id: 1 }).execute();
        await orm.em.fork().insertMany(City, [
          { id: 50, name: 'a' },
          { id: 51, name: 'b' },
        ]);
        await asRead('delete from cities where id in (50, 51)');
      });
      expect(new Set(nodes)).toEqual(new Set(['primary']));
    });

    it('a node that is named answers, whatever its turn', async () => {
      const split = getReadWriteSplit(orm);
      const names = ['replica-1', 'primary', 'replica-1', 'replica-0'];
      const nodes = await nodesOf(async () => {
        for (const name of names) await split.onNode(name, find);
      });
      expect(nodes).toEqual(names);
      expect(() => split.onNode('replica-7', find)).toThrow(
        /There is no node 'replica-7'; there are primary, replica-0/,
      );
    });

    it('a read-only transaction goes to a replica inside read(), and to the primary elsewhere', async () => {
      const inside = await nodesOf(() => getReadWriteSplit(orm).read(transact));
      expect(new Set(inside).size).toBe(1);
      expect(inside[0]).toMatch(/^replica-/);
      expect(new Set(await nodesOf(transact))).toEqual(new Set(['primary']));
    });

    it('streams are answered by replicas, and by the primary when they lock, write, or belong to a transaction', async () => {
      const reading = await nodesOf(() => Array.fromAsync(orm.em.fork().stream(City, {})));
      expect(reading).toEqual([expect.stringMatching(/^replica-/)]);
      const rest = await nodesOf(async () => {
        await stream('select * from cities for update');
        await stream("insert into cities (id, name) values (61, 'x')");
        await orm.em.fork().transactional(em => Array.fromAsync(em.stream(City, {})));
      });
      expect(new Set(rest)).toEqual(new Set(['primary']));
    });

    it('a connection for reads and Kysely for reads keep writes off replicas: one by routing, the other by refusing', async () => {
      const sql = "insert into cities (id, name) values (62, 'x')";
      expect(await nodesOf(() => orm.em.getConnection('read').execute(sql))).toEqual(['primary']);
      const kysely = orm.em.fork().getKysely<Tables>({ type: 'read' });
      expect(await nodesOf(() => kysely.selectFrom('cities').selectAll().execute())).toEqual([
        expect.stringMatching(/^replica-/),
      ]);
      const update = kysely.updateTable('cities').set({ name: 'y' }).where('id', '=', 62).execute();
      await expect(update).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    });

    it('what an application fails with inside a transaction is its own, and says nothing of the node', async () => {
      const split = getReadWriteSplit(orm);
      const failure = Object.assign(new Error('another service'), { code: 'ECONNREFUSED' });
      const fail = (readOnly: boolean): Promise<unknown> =>
        orm.em.fork().transactional(
          async em => {
            await em.findOne(City, 1);
            throw failure;
          },
          { readOnly },
        );
      await expect(fail(false)).rejects.toBe(failure);
      await expect(split.read(() => fail(true))).rejects.toBe(failure);
      expect(split.nodes().map(({ state }) => state)).toEqual(['in', 'in', 'in']);
    });

    it('a fork keeps to one replica', async () => {
      const em = orm.em.fork();
      const nodes = await nodesOf(async () => {
        for (let left = 10; left > 0; left--) await em.find(City, {}, { refresh: true });
      });
      expect(new Set(nodes).size).toBe(1);
    });

    it('replicas stay replicas after orm.reconnect(), which the host would connect to the primary', async () => {
      await orm.reconnect();
      const address = product === 'postgres' ? 'inet_server_port()' : '@@port';
      for (const [at, replica] of servers.replicas.entries()) {
        const rows = await getReadWriteSplit(orm).onNode(`replica-${at}`, () => asRead(`select ${address} as port`));
        expect(rows).toEqual([{ port: replica.port }]);
      }
    });
  });
}

await describeWith('postgres', 'replicas of PostgreSQL that are well, but cannot answer', () => {
  let servers: Cluster;

  beforeAll(async () => {
    servers = await startCluster('postgres');
  });
  afterAll(() => servers?.stop());

  it('who reads while the ORM closes is not connected to the primary in place of a replica', async () => {
    await using orm = await openOrm('postgres', servers, QUICK);
    const ports = (): Promise<unknown> =>
      Promise.all(
        servers.replicas.map((_, at) =>
          getReadWriteSplit(orm).onNode(`replica-${at}`, () =>
            orm.em.fork().execute('select inet_server_port() as port', [], { connectionType: 'read' }),
          ),
        ),
      );
    const em = orm.em.fork();
    await em.begin();
    const closing = orm.close();
    await until(ports, { what: 'connections that are made again' });
    expect(await ports()).toEqual(servers.replicas.map(({ port }) => [{ port }]));
    await em.rollback();
    await closing;
    expect(await ports()).toEqual(servers.replicas.map(({ port }) => [{ port }]));
  });

  it('a function that writes is refused by a replica, run on the primary, and sent there from then on', async () => {
    await using orm = await openOrm('postgres', servers, QUICK);
    const em = orm.em.fork();
    await em.execute('create sequence hidden');
    await em.execute("create function hidden_write() returns bigint language sql as $$ select nextval('hidden') $$");
    await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
    const routes: string[] = [];
    getReadWriteSplit(orm).on('routed', ({ node, reason }) => routes.push(`${reason} ${node}`));
    const call = (): Promise<unknown> => orm.em.fork().execute('select hidden_write()', [], { connectionType: 'read' });
    await call();
    await call();
    expect(routes).toEqual([expect.stringMatching(/^balanced replica-/), 'retry primary', 'side effect primary']);
  });

  it('what a standby can never answer is sent to the primary, and costs no connection', async () => {
    await using orm = await openOrm('postgres', servers, QUICK, { pool: { max: 1 } });
    const em = orm.em.fork();
    await em.execute('create unlogged table scratch (id int)');
    await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
    const routes: string[] = [];
    const split = getReadWriteSplit(orm);
    split.on('routed', ({ node }) => routes.push(node));
    const scratch = (): Promise<unknown> =>
      orm.em.fork().execute('select * from scratch', [], { connectionType: 'read' });
    await scratch();
    await scratch();
    expect(routes).toEqual([expect.stringMatching(/^replica-/), 'primary', 'primary']);
    const serializable = { readOnly: true, isolationLevel: IsolationLevel.SERIALIZABLE };
    const transact = (): Promise<unknown> =>
      split.read(() => orm.em.fork().transactional(own => own.findOne(City, 1), serializable));
    for (let left = 4; left > 0; left--) await transact();
    const reads = ['replica-0', 'replica-1'].map(name => split.onNode(name, () => orm.em.fork().findOne(City, 1)));
    expect(await Promise.all(reads)).toEqual([expect.anything(), expect.anything()]);
  });

  it('a replica without a free connection is passed over, and not ejected', async () => {
    const pool = { pool: { max: 1 } };
    await using orm = await openOrm('postgres', servers, { ...QUICK, connectTimeoutMs: 300 }, pool);
    const events = recordEvents(orm);
    const split = getReadWriteSplit(orm);
    const sleep = 'select pg_sleep(1)';
    const busy = [0, 1].map(at =>
      split.onNode(`replica-${at}`, () => orm.em.fork().execute(sleep, [], { connectionType: 'read' })),
    );
    await expect(Promise.all(Array.from({ length: 5 }, () => orm.em.fork().findOne(City, 1)))).resolves.toHaveLength(5);
    await Promise.all(busy);
    expect(events).toEqual([]);
  });

  it('a replica whose name cannot be resolved fails no read, and nothing at the start', async () => {
    const [first, ...others] = servers.mikroOrmOptions().replicas;
    const replicas = [{ ...first, host: 'replica.invalid' }, ...others];
    await using orm = await openOrm('postgres', servers, QUICK, { replicas });
    const events = recordEvents(orm);
    for (let left = 20; left > 0; left--) await orm.em.fork().findOneOrFail(City, 1);
    await becomes(orm, 'replica-0', 'out');
    expect(events).toEqual(['ejected replica-0 unresolved']);
  });

  it('a read that replay on a replica cancels is answered by another one, and nobody is ejected', async () => {
    await using orm = await openOrm('postgres', servers, { ...QUICK, balance: () => 'replica-0' });
    const [replica] = servers.replicas;
    await query(replica.port, "alter system set max_standby_streaming_delay = '100ms'");
    await query(replica.port, 'select pg_reload_conf()');
    const events = recordEvents(orm);
    const nodes: string[] = [];
    getReadWriteSplit(orm).on('routed', ({ node }) => nodes.push(node));
    await orm.em.fork().findOneOrFail(City, 1);
    nodes.length = 0;
    const reading = orm.em
      .fork()
      .execute('select pg_sleep(case when pg_is_in_recovery() then 3 else 0 end) from cities', [], {
        connectionType: 'read',
      });
    const sleeping = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";
    await until(async () => (await query(replica.port, sleeping)).length > 0, { what: 'the read to run' });
    await orm.em.fork().transactional(em => em.execute('lock table cities in access exclusive mode'));
    await expect(reading).resolves.toHaveLength(1);
    expect(nodes[0]).toBe('replica-0');
    expect(nodes.length).toBeGreaterThan(1);
    expect(events).toEqual([]);
  });
});

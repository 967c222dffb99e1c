import { statementTap, StatementRefused } from '@mikro-kit/statement-tap';
import { QueryOrder, type Options } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MySqlDriver } from '@mikro-orm/mysql';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqlMikroORM, type AbstractSqlDriver } from '@mikro-orm/sql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, mariadb, mysql, postgres, until } from '../servers/index.ts';
import { City, kinds, watch, type Watched } from './cities.ts';

interface Servers {
  mikroOrmOptions(): object;
  readonly replicas: readonly { readonly name: string; caughtUp(): Promise<void> }[];
  stop(): Promise<void>;
}

const drivers = [
  { name: 'postgres', start: () => postgres({ standbys: 1 }), driver: PostgreSqlDriver },
  { name: 'mysql', start: () => mysql({ replicas: 1 }), driver: MySqlDriver },
  { name: 'mariadb', start: () => mariadb({ replicas: 1 }), driver: MariaDbDriver },
] as const;

for (const { name, start, driver } of drivers) {
  await describeWith(name, `the tap on ${name}`, () => {
    let servers: Servers;
    let cities: Watched<SqlMikroORM>;
    const open = async (options: Partial<Options<AbstractSqlDriver>> = {}): Promise<Watched<SqlMikroORM>> => {
      const where = servers.mikroOrmOptions();
      return watch(
        await SqlMikroORM.init({
          driver,
          entities: [City],
          extensions: [statementTap()],
          ...where,
          ...options,
        }),
      );
    };

    beforeAll(async () => {
      servers = await start();
      cities = await open({ pool: { min: 0, max: 4 } });
      await cities.orm.schema.create();
      await cities.orm.em.fork().insertMany(
        City,
        ['Lima', 'Oslo', 'Pune'].map((city, id) => ({ id: id + 1, name: city })),
      );
      for (const replica of servers.replicas) await replica.caughtUp();
      cities.seen.length = 0;
    });
    afterEach(() => void cities.seen.splice(0));
    afterAll(async () => {
      await cities?.orm.close();
      await servers?.stop();
    });

    it.each<[path: string, run: (orm: SqlMikroORM) => Promise<unknown>, expected: string[]]>([
      ['find', orm => orm.em.fork().find(City, {}), ['read']],
      ['upsert', orm => orm.em.fork().upsert(City, { id: 9, name: 'Rome', population: 1 }), ['write']],
      ['nativeDelete', orm => orm.em.fork().nativeDelete(City, 9), ['write']],
      ['QueryBuilder', orm => orm.em.fork().qb(City).where({ id: 1 }).execute(), ['read']],
      ['em.execute', orm => orm.em.fork().execute('update cities set population = 2 where id = ?', [1]), ['write']],
      [
        'Kysely',
        orm => orm.em.fork().getKysely<{ cities: object }>().selectFrom('cities').selectAll().execute(),
        ['read'],
      ],
      ['the schema generator', orm => orm.schema.execute('create table later (b int)'), ['ddl']],
      ['a dump', orm => orm.em.getConnection().executeDump('drop table later'), ['ddl']],
    ])('%s is seen exactly once', async (_path, run, expected) => {
      await run(cities.orm);
      expect(kinds(cities.seen)).toEqual(expected);
    });

    it('a transaction is seen from begin to commit, on one connection', async () => {
      await cities.orm.em.fork().transactional(async em => {
        await em.nativeUpdate(City, 1, { population: 3 });
        await em.transactional(inner => inner.count(City));
      });
      expect(kinds(cities.seen)).toEqual(['begin', 'write', 'savepoint', 'read', 'release', 'commit']);
      expect(new Set(cities.seen.map(({ transaction }) => transaction)).size).toBe(1);
      expect(cities.seen[0]?.transaction?.state).toBe('committed');
      expect(cities.seen[1]).toMatchObject({ params: [3, 1], entity: 'City', rows: 1, poolWaitUs: 0 });
      expect(cities.seen[1]?.text).not.toContain('3');
    });

    it('a stream is one statement, with its rows', async () => {
      const names: string[] = [];
      for await (const city of cities.orm.em
        .fork()
        .stream(City, { where: { id: { $lt: 3 } }, orderBy: { id: QueryOrder.ASC } }))
        names.push(city.name);
      expect(names).toEqual(['Lima', 'Oslo']);
      expect(cities.seen.map(({ kind, rows, params }) => [kind, rows, params])).toEqual([['read', 2, [3]]]);
    });

    it('fifty concurrent identical statements keep their own values and forks', async () => {
      const forks = Array.from({ length: 50 }, () => cities.orm.em.fork());
      await Promise.all(forks.map((em, n) => em.find(City, { population: { $gt: n % 5 } })));
      const told = cities.seen.map(({ fork, params }) => `${fork} ${String(params[0])}`);
      expect(new Set(told)).toEqual(new Set(forks.map((em, n) => `${em.id} ${n % 5}`)));
      expect(told).toHaveLength(50);
    });

    it('statements are seen once after a reconnect as before', async () => {
      const { orm, seen } = await open({ ensureDatabase: false });
      await orm.em.fork().count(City);
      await orm.reconnect();
      await orm.em.fork().transactional(em => em.nativeUpdate(City, 1, { population: 1 }));
      for await (const city of orm.em.fork().stream(City, {})) if (city.name) break;
      expect(kinds(seen)).toEqual(['read', 'begin', 'write', 'commit', 'read']);
      await orm.close();
    });

    it('a read of a replica says which, a write says primary', async () => {
      await cities.orm.em.fork().find(City, {}, { connectionType: 'read' });
      await cities.orm.em.fork().nativeUpdate(City, 1, { population: 4 });
      expect(cities.seen.map(({ node }) => node)).toEqual([servers.replicas[0]?.name, 'primary']);
    });

    it('an error keeps its type and is told', async () => {
      await expect(cities.orm.em.fork().insert(City, { id: 1, name: 'Lima' })).rejects.toMatchObject({
        name: 'UniqueConstraintViolationException',
      });
      expect(cities.seen[0]?.error).toBeInstanceOf(Error);
    });

    it('an aborted query ends as the host ends it', async () => {
      const abort = new AbortController();
      const sleep = name === 'postgres' ? 'select pg_sleep(1)' : 'select sleep(1)';
      const context = { signal: abort.signal } as object;
      const running = cities.orm.em.fork().getConnection().execute(sleep, [], 'all', undefined, context);
      abort.abort(new Error('the user went away'));
      await expect(running).rejects.toThrow('the user went away');
    });

    describe('guards', () => {
      it('wait around autocommit writes and commits, and can refuse them', async () => {
        const { orm, tap } = await open();
        const told: string[] = [];
        tap.guard({
          before: async ({ kind, command }) => {
            told.push(`before ${command ?? kind}`);
            if (kind === 'ddl') throw new StatementRefused('no ddl today');
          },
          after: ({ kind, command }) => void told.push(`after ${command ?? kind}`),
        });
        await orm.em.fork().nativeUpdate(City, 1, { population: 5 });
        await orm.em.fork().transactional(em => em.nativeUpdate(City, 1, { population: 6 }));
        await expect(orm.em.fork().execute('drop table cities')).rejects.toThrow('no ddl today');
        await orm.close();
        expect(told).toEqual([...around('write'), ...around('write'), ...around('commit'), 'before ddl']);
      });
    });

    describe('pools', () => {
      it('are told by connections in use, idle and waiting', async () => {
        const { orm, tap } = await open({ pool: { min: 0, max: 2 } });
        const gauge = () => tap.pools().find(({ node }) => node === 'primary');
        const transactions = [1, 2, 3].map(() => heldTransaction(orm));
        await until(() => gauge()?.waiting === 1, { what: 'a waiting call' });
        expect(gauge()).toEqual({ node: 'primary', size: 2, inUse: 2, idle: 0, waiting: 1, limit: 2 });
        for (const transaction of transactions) transaction.finish();
        await Promise.all(transactions.map(({ done }) => done));
        expect(gauge()).toMatchObject({ inUse: 0, idle: 2, waiting: 0 });
        await orm.close();
      });

      it('the wait for a connection is told apart from the statement', async () => {
        const { orm, seen } = await open({ pool: { min: 0, max: 1 } });
        const first = heldTransaction(orm);
        await until(() => seen.length > 0, { what: 'the first transaction' });
        const second = orm.em.fork().execute('select 1');
        setTimeout(first.finish, 50);
        await Promise.all([first.done, second]);
        const { poolWaitUs = 0, durationUs = 0 } = seen.find(({ text }) => text === 'select 1') ?? {};
        expect(poolWaitUs).toBeGreaterThan(40_000);
        expect(durationUs).toBeLessThan(poolWaitUs);
        await orm.close();
      });

      it('tell when connections open and close', async () => {
        const { orm, tap } = await open({ ensureDatabase: false });
        const told: string[] = [];
        for (const event of ['connect', 'acquire', 'release', 'close'] as const) tap.on(event, () => told.push(event));
        await orm.em.fork().execute('select 1');
        await orm.reconnect();
        await orm.em.fork().execute('select 1');
        await orm.close();
        await until(() => told.filter(event => event === 'close').length === 2, { what: 'two closed connections' });
        const once = ['connect', 'acquire', 'release'];
        expect(told.filter(event => event !== 'close')).toEqual([...once, ...once]);
      });
    });
  });
}

/** What a guard is told around one statement. */
function around(kind: string): string[] {
  return [`before ${kind}`, `after ${kind}`];
}

/** A transaction that is open until it is finished. */
function heldTransaction(orm: SqlMikroORM): { finish: () => void; done: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = orm.em.fork().transactional(async em => {
    await em.execute('select 2');
    await promise;
  });
  return { finish: resolve, done };
}

import { DatabasesError, defineDatabases } from '@mikro-kit/databases';
import { RequestContext } from '@mikro-orm/core';
import {
  defineConfig,
  defineEntity,
  p,
  type MikroORM,
  type SqlEntityManager,
  type SqliteDriver,
} from '@mikro-orm/sqlite';
import { afterEach, expect, expectTypeOf, it } from 'vitest';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
const config = (extensions: { register(orm: object): void }[] = []) =>
  defineConfig({ entities: [City], dbName: ':memory:', extensions });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

function open<const C extends Parameters<typeof defineDatabases>[0]>(databases: C) {
  const dbs = defineDatabases(databases);
  closing.push(() => dbs.close().catch(() => undefined));
  return dbs;
}

it('gives each role an ORM of its own, of its driver', async () => {
  const dbs = open({ primary: config(), analytics: config() });
  await dbs.primary.schema.create();
  await dbs.primary.em.fork().insert(City, { id: 1, name: 'Oslo' });
  expect(await dbs.primary.em.fork().count(City)).toBe(1);
  await expect(dbs.analytics.em.fork().count(City)).rejects.toThrow('no such table');
});

it('makes the ORM of a role once, when it is first asked for', () => {
  const made: object[] = [];
  const dbs = open({ primary: config([{ register: orm => made.push(orm) }]), analytics: config() });
  expect(made).toEqual([]);
  expect(dbs.primary).toBe(dbs.primary);
  expect(made).toEqual([dbs.primary]);
});

it('is typed by role and driver', () => {
  const dbs = open({ primary: config() });
  expectTypeOf(dbs.primary.driver).toEqualTypeOf<SqliteDriver>();
  expectTypeOf(dbs.primary.em).toExtend<SqlEntityManager<SqliteDriver>>();
  // @ts-expect-error there is no such role
  expect(dbs.elsewhere).toBeUndefined();
});

it('keeps the roles apart in one request context', async () => {
  const dbs = open({ primary: config(), analytics: config() });
  await RequestContext.create([dbs.primary.em, dbs.analytics.em], async () => {
    await dbs.analytics.schema.create();
    expect(await dbs.analytics.em.count(City)).toBe(0);
    await expect(dbs.primary.em.count(City)).rejects.toThrow('no such table');
  });
});

it('names the role that cannot be opened, and opens the others', () => {
  const broken = config([
    {
      register: () => {
        throw new Error('no licence');
      },
    },
  ]);
  const dbs = open({ primary: config(), analytics: broken });
  expect(() => dbs.analytics).toThrow(
    expect.objectContaining({
      name: 'DatabasesError',
      code: 'OPEN_FAILED',
      message: 'Role "analytics" cannot be opened: no licence',
      failures: [{ role: 'analytics', error: expect.objectContaining({ message: 'no licence' }) }],
    }),
  );
  expect(dbs.primary.em).toBeDefined();
});

it('closes what was opened and opens nothing to do so', async () => {
  const made: object[] = [];
  const dbs = open({ primary: config(), analytics: config([{ register: orm => made.push(orm) }]) });
  const { primary } = dbs;
  await primary.connect();
  await dbs.close();
  expect(await primary.isConnected()).toBe(false);
  expect(made).toEqual([]);
  expect(() => dbs.analytics).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

it('closes every other role when one cannot be closed, then says which', async () => {
  const dbs = open({ primary: config(), analytics: config(), log: config() });
  const { primary, analytics, log } = dbs;
  await Promise.all([primary.connect(), log.connect()]);
  failsToClose(analytics);
  const error: unknown = await dbs.close().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DatabasesError);
  expect(error).toMatchObject({ code: 'CLOSE_FAILED', failures: [{ role: 'analytics' }], cause: { message: 'stuck' } });
  expect([await primary.isConnected(), await log.isConnected()]).toEqual([false, false]);
});

it('closes once, at the end of `await using` too', async () => {
  const dbs = open({ primary: config() });
  const { primary } = dbs;
  await primary.connect();
  expect(dbs.close()).toBe(dbs.close());
  {
    await using scoped = open({ primary: config() });
    expect(scoped.primary).toBeDefined();
    closing.push(async () => expect(() => scoped.primary).toThrow('closed'));
  }
});

it.each(['close', 'then'])('refuses a role named %s', role => {
  expect(() => defineDatabases({ [role]: config() })).toThrow(expect.objectContaining({ code: 'RESERVED_ROLE' }));
});

function failsToClose(orm: MikroORM): void {
  orm.close = () => Promise.reject(new Error('stuck'));
}

import { ensureTap, statementTap, type ObservedStatement } from '@mikro-kit/statement-tap';
import type { MikroORM as AnyMikroORM } from '@mikro-orm/core';
import { MikroORM, NodeSqliteDialect, type Options } from '@mikro-orm/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

import { City, openCities } from './city.ts';

async function open(options: Options): Promise<{ orm: MikroORM; seen: ObservedStatement[]; warnings: string[] }> {
  const warnings: string[] = [];
  const logger = (message: string): void => void warnings.push(message);
  const orm = await MikroORM.init({ entities: [City], dbName: ':memory:', logger, colors: false, ...options });
  onTestFinished(() => orm.close());
  const seen: ObservedStatement[] = [];
  ensureTap(orm).observe(statement => seen.push(statement));
  return { orm, seen, warnings };
}

describe('a driver that the user has shaped', () => {
  it('is seen through a dialect of its own', async () => {
    const { orm, seen } = await open({
      driverOptions: () => new NodeSqliteDialect(':memory:'),
      extensions: [statementTap()],
    });
    await orm.schema.create();
    await orm.em.fork().count(City);
    expect(seen.at(-1)).toMatchObject({ kind: 'read', entity: 'City' });
  });

  it('cannot be seen through a Kysely instance, which a warning says', async () => {
    const owner = await openCities();
    onTestFinished(() => owner.orm.close());
    const { orm, seen, warnings } = await open({ driverOptions: owner.orm.em.getKysely() });
    expect(await orm.em.fork().count(City)).toBe(3);
    expect(seen).toEqual([]);
    expect(warnings.filter(message => message.includes('driverOptions holds a Kysely instance'))).toHaveLength(1);
  });

  it('without the connections that are expected is left alone, with one warning', async () => {
    const alien = {
      register(orm: AnyMikroORM): void {
        Reflect.set(orm.driver.getConnection(), 'executeQuery', undefined);
        ensureTap(orm);
        ensureTap(orm);
        Reflect.deleteProperty(orm.driver.getConnection(), 'executeQuery');
      },
    };
    const { orm, seen, warnings } = await open({ extensions: [alien] });
    await orm.schema.create();
    expect(await orm.em.fork().count(City)).toBe(0);
    expect(seen).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('the connections of SqliteDriver are not as expected')]);
  });
});

describe('a transaction that the database has rolled back by itself', () => {
  it('leaves nobody waiting for its connection, which Kysely would keep', async () => {
    const { orm } = await open({ extensions: [statementTap()] });
    await orm.schema.create();
    const twice = orm.em.fork().transactional(async em => {
      await em.execute("insert into cities (id, name) values (1, 'Oslo')");
      await em.execute("insert or rollback into cities (id, name) values (1, 'Oslo')");
    });
    await expect(twice).rejects.toThrow('UNIQUE constraint failed');
    expect(await orm.em.fork().count(City)).toBe(0);
  });
});

describe('the host behaves as without the tap', () => {
  it('a failing query throws the same error, with the frame of the application', async () => {
    const plain = await MikroORM.init({ entities: [City], dbName: ':memory:' });
    onTestFinished(() => plain.close());
    const { orm } = await open({ extensions: [statementTap()] });
    expect(await failure(orm)).toEqual(await failure(plain));
    expect(await failure(orm)).toMatchObject({ name: 'TableNotFoundException', here: true });
  });

  it('an abort signal stops a stream', async () => {
    const { orm, seen } = await openCities();
    onTestFinished(() => orm.close());
    const abort = new AbortController();
    const names: string[] = [];
    const streaming = async (): Promise<void> => {
      for await (const city of orm.em.fork().stream(City, { signal: abort.signal })) {
        names.push(city.name);
        abort.abort(new Error('enough'));
      }
    };
    await expect(streaming()).rejects.toThrow('enough');
    expect(names).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });

  it('before it was ever connected nothing is opened by asking the tap', async () => {
    const { orm } = await open({ extensions: [statementTap()] });
    expect(ensureTap(orm).pools()).toEqual([]);
    expect(await orm.isConnected()).toBe(false);
  });
});

async function failure(orm: MikroORM): Promise<unknown> {
  const error: unknown = await orm.em
    .fork()
    .execute('select * from nowhere')
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) return error;
  return { name: error.name, message: error.message, here: error.stack?.includes('host.test.ts') };
}

import { ensureTap, type ObservedStatement, statementTap } from '@mikro-kit/statement-tap';
import { raw } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/sqlite';
import { afterEach, describe, expect, it } from 'vitest';

import { City, kyselyOf, openCities } from './city.ts';
import { Author, Book, Publisher } from './library.ts';

type Opened = Awaited<ReturnType<typeof openCities>>;
const opened: Opened[] = [];
afterEach(async () => {
  for (const { orm } of opened.splice(0)) await orm.close();
});

async function open(...options: Parameters<typeof openCities>): Promise<Opened> {
  const cities = await openCities(...options);
  opened.push(cities);
  return cities;
}

async function openLibrary(): Promise<Opened> {
  const library = await open({ entities: [City, Author, Book, Publisher] });
  const em = library.orm.em.fork();
  em.create(Publisher, { id: 1, books: [{ id: 1, author: { id: 1 } }] });
  await em.flush();
  library.seen.length = 0;
  return library;
}

const kinds = (seen: readonly ObservedStatement[]): string[] => seen.map(({ kind, command }) => command ?? kind);

describe('every statement is seen exactly once', () => {
  it.each<[path: string, run: (opened: Opened) => Promise<unknown>, expected: string[]]>([
    ['find', ({ orm }) => orm.em.fork().find(City, {}), ['read']],
    ['count', ({ orm }) => orm.em.fork().count(City), ['read']],
    ['nativeUpdate', ({ orm }) => orm.em.fork().nativeUpdate(City, 1, { name: 'Rome' }), ['write']],
    ['upsert', ({ orm }) => orm.em.fork().upsert(City, { id: 9, name: 'Rome', population: 1 }), ['write']],
    ['QueryBuilder', ({ orm }) => orm.em.fork().qb(City).where({ id: 1 }).execute(), ['read']],
    ['em.execute', ({ orm }) => orm.em.fork().execute('delete from cities where id = ?', [1]), ['write']],
    ['Kysely', ({ orm }) => kyselyOf(orm).selectFrom('cities').selectAll().execute(), ['read']],
    [
      'a dump',
      ({ orm }) => orm.em.getConnection().executeDump('create table a (b); insert into a values (1)'),
      ['ddl'],
    ],
    ['the schema generator', ({ orm }) => orm.schema.execute('create table a (b)'), ['ddl']],
  ])('%s', async (_path, run, expected) => {
    const cities = await open();
    await run(cities);
    expect(kinds(cities.seen)).toEqual(expected);
  });

  it('a flush, with its transaction', async () => {
    const { orm, seen } = await open();
    const em = orm.em.fork();
    em.create(City, { name: 'Rome' });
    await em.flush();
    expect(kinds(seen)).toEqual(['begin', 'write', 'commit']);
    expect(new Set(seen.map(statement => statement.transaction)).size).toBe(1);
    expect(seen[0]?.transaction?.state).toBe('committed');
  });

  it('savepoints and rollbacks, inside their transaction', async () => {
    const { orm, seen } = await open();
    const failed = orm.em.fork().transactional(async em => {
      await em.transactional(inner => inner.count(City));
      await em.transactional(() => Promise.reject(new Error('no'))).catch(() => undefined);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(kinds(seen)).toEqual(['begin', 'savepoint', 'read', 'release', 'savepoint', 'rollback to', 'rollback']);
    expect(seen[0]?.transaction?.state).toBe('rolled back');
  });

  it('a stream, when it ends or is left', async () => {
    const { orm, seen } = await open();
    const names: string[] = [];
    for await (const city of orm.em.fork().stream(City, { where: { id: { $gt: 1 } } })) names.push(city.name);
    for await (const city of orm.em.fork().stream(City, {})) if (city.name) break;
    expect(names).toEqual(['Oslo', 'Pune']);
    expect(seen.map(({ kind, rows, params }) => [kind, rows, params])).toEqual([
      ['read', 2, [1]],
      ['read', 1, []],
    ]);
  });

  it('after a reconnect as before', async () => {
    const { orm, seen } = await open();
    await orm.reconnect();
    seen.length = 0;
    await orm.em.fork().execute('select 1');
    expect(kinds(seen)).toEqual(['read']);
  });

  it('and once only, however often the tap is installed', async () => {
    const { orm, tap, seen } = await open();
    expect(ensureTap(orm)).toBe(tap);
    await orm.em.fork().count(City);
    expect(seen).toHaveLength(1);
  });

  it('of its own ORM only', async () => {
    const [one, two] = [await open(), await open()];
    await one.orm.em.fork().count(City);
    expect([one.seen.length, two.seen.length]).toEqual([1, 0]);
  });
});

describe('a statement is described as its sender knew it', () => {
  it('with template and values apart, entity, fork, rows and node', async () => {
    const { orm, seen } = await open();
    const em = orm.em.fork();
    await em.find(City, { name: 'Lima' }, { logging: { label: 'by name' } });
    expect(seen[0]).toMatchObject({
      text: 'select `c0`.* from `cities` as `c0` where `c0`.`name` = ?',
      params: ['Lima'],
      tables: ['cities'],
      entity: 'City',
      fork: em.id,
      context: { label: 'by name' },
      rows: 1,
      node: 'primary',
    });
    expect(seen[0]?.durationUs).toBeGreaterThan(0);
  });

  it('fifty concurrent identical statements keep their own values and forks', async () => {
    const { orm, seen } = await open();
    const forks = Array.from({ length: 50 }, () => orm.em.fork());
    await Promise.all(
      forks.map((em, n) => em.find(City, { population: { $lt: n % 2 } }, { logging: { label: `${n}` } })),
    );
    const told = seen.map(({ fork, params, context }) => `${fork} ${String(params[0])} ${String(context?.['label'])}`);
    expect(new Set(told)).toEqual(new Set(forks.map((em, n) => `${em.id} ${n % 2} ${n}`)));
    expect(told).toHaveLength(50);
  });

  it('a query that populates a relation says which, from the root entity on', async () => {
    const { orm, seen } = await openLibrary();
    await orm.em.fork().find(Publisher, {}, { populate: ['books.author'], strategy: 'select-in' });
    expect(seen.map(({ entity, populates }) => [entity, populates])).toEqual([
      ['Publisher', undefined],
      ['Book', 'books'],
      ['Author', 'books.author'],
    ]);
  });

  it('concurrent populates do not mix up their paths', async () => {
    const { orm, seen } = await openLibrary();
    await Promise.all([
      orm.em.fork().find(Publisher, {}, { populate: ['books'], strategy: 'select-in' }),
      orm.em.fork().find(Author, {}, { populate: ['books'], strategy: 'select-in' }),
      orm.em.fork().find(Book, {}),
    ]);
    const books = seen.filter(({ entity }) => entity === 'Book').map(({ populates }) => populates ?? 'root');
    expect(books.toSorted((a, b) => a.localeCompare(b))).toEqual(['books', 'books', 'root']);
  });

  it('an error is told and reaches the application as the host throws it', async () => {
    const { orm, seen } = await open();
    await expect(orm.em.fork().insert(City, { id: 1, name: 'Lima' })).rejects.toMatchObject({
      name: 'UniqueConstraintViolationException',
    });
    expect(seen[0]?.error).toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
  });

  it('a raw fragment is part of the text, its values are not', async () => {
    const { orm, seen } = await open();
    await orm.em.fork().find(City, { [raw('length(name) > ?', [3])]: [] });
    expect(seen[0]).toMatchObject({ params: [3] });
    expect(seen[0]?.text).toContain('length(name) > ?');
  });
});

it('an observer that throws changes nothing and is warned of once', async () => {
  const warnings: string[] = [];
  const { orm, tap } = await open({ logger: message => warnings.push(message), colors: false, debug: ['info'] });
  tap.observe(() => {
    throw new Error('observer is broken');
  });
  expect(await orm.em.fork().count(City)).toBe(3);
  expect(await orm.em.fork().count(City)).toBe(3);
  expect(warnings.filter(message => message.includes('observer is broken'))).toHaveLength(1);
});

it('an observer that rejects changes nothing either', async () => {
  const warnings: string[] = [];
  const { orm, tap } = await open({ logger: message => warnings.push(message), colors: false });
  tap.observe(async () => {
    await Promise.resolve();
    throw new Error('metrics are down');
  });
  expect(await orm.em.fork().count(City)).toBe(3);
  await new Promise(setImmediate);
  expect(warnings.filter(message => message.includes('metrics are down'))).toHaveLength(1);
});

it('a removed observer hears nothing', async () => {
  const { orm, tap } = await open();
  const late: ObservedStatement[] = [];
  tap.observe(statement => late.push(statement))();
  await orm.em.fork().count(City);
  expect(late).toEqual([]);
});

it('close hooks run before the connections close, newest first, and one that fails stops none', async () => {
  const { orm, tap } = await openCities();
  const ran: string[] = [];
  tap.onClose(async () => {
    ran.push(`first: ${await orm.em.fork().count(City)} cities`);
  });
  tap.onClose(() => Promise.reject(new Error('stuck')));
  tap.onClose(() => void ran.push('last'));
  await orm.close();
  expect(ran).toEqual(['last', 'first: 3 cities']);
});

describe('an observer that leaves out reads', () => {
  it('hears of all that may change something, with its transaction, though nobody hears the reads', async () => {
    const orm = await MikroORM.init({ entities: [City], dbName: ':memory:', extensions: [statementTap()] });
    await orm.schema.create();
    const seen: ObservedStatement[] = [];
    ensureTap(orm).observe(statement => seen.push(statement), { reads: false });
    await orm.em.fork().transactional(async em => {
      await em.find(City, {});
      await em.insert(City, { name: 'Rome' });
    });
    await orm.em.fork().find(City, {});
    await orm.em.fork().execute('pragma user_version = 1');
    await orm.close();
    expect(kinds(seen)).toEqual(['begin', 'write', 'commit', 'other']);
    expect(new Set(seen.slice(0, 3).map(({ transaction }) => transaction)).size).toBe(1);
  });

  it('hears of no read while another one does', async () => {
    const { orm, tap, seen } = await open();
    const heard: ObservedStatement[] = [];
    const stop = tap.observe(statement => heard.push(statement), { reads: false });
    const work = async (): Promise<void> => {
      await orm.em.fork().find(City, {});
      await orm.em.fork().insert(City, { name: 'Rome' });
    };
    await work();
    stop();
    await work();
    expect(kinds(seen)).toEqual(['read', 'write', 'read', 'write']);
    expect(kinds(heard)).toEqual(['write']);
  });
});

import {
  getSlowQueries,
  slowQuery,
  SlowQueryError,
  type Report,
  type SlowQueryOptions,
  type SlowStatement,
} from '@mikro-kit/slow-query';
import { MikroORM } from '@mikro-orm/sqlite';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import { City, COUNTRIES, Country, ENTITIES, openAtlas, Tag } from './atlas.ts';

const opened: MikroORM[] = [];

async function open(options?: SlowQueryOptions): Promise<MikroORM> {
  const orm = await openAtlas(options);
  opened.push(orm);
  getSlowQueries(orm).reset();
  return orm;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.splice(0).map(orm => orm.close()));
});

const CITY_BY_ID = 'select c0.* from city as c0 where c0.id = ? limit ?';

describe('a report', () => {
  it('adds statements up by their fingerprint', async () => {
    const orm = await open();
    for (const id of [1, 2, 1_000]) await orm.em.fork().findOne(City, id);
    const before = new Date();
    expect(getSlowQueries(orm).report()).toMatchObject({
      by: 'total',
      fingerprints: 1,
      total: { count: 3 },
      statements: [
        {
          fingerprint: CITY_BY_ID,
          kind: 'read',
          entity: 'City',
          tables: ['city'],
          nodes: ['primary'],
          count: 3,
          errors: 0,
          rows: 2,
        },
      ],
    });
    const [city] = getSlowQueries(orm).report().statements;
    expect(city?.firstSeen.getTime()).toBeLessThanOrEqual(before.getTime());
    expect(city?.maxUs).toBeGreaterThan(0);
    expect(city?.p99Us).toBe(city?.maxUs);
    expect(city?.meanUs).toBe((city?.totalUs ?? 0) / 3);
  });

  it('counts failed statements as errors', async () => {
    const orm = await open();
    await expect(orm.em.execute('select 1 from nowhere')).rejects.toThrow('nowhere');
    expect(getSlowQueries(orm).report().total).toMatchObject({ count: 1, errors: 1 });
  });

  it('ranks by what is asked, and lists as many as asked', async () => {
    const orm = await open();
    await orm.em.fork().find(City, {});
    for (const id of [1, 2, 3]) await orm.em.fork().findOne(Tag, id);
    const { statements, fingerprints } = getSlowQueries(orm).report({ by: 'count', top: 1 });
    expect(statements).toMatchObject([{ entity: 'Tag', count: 3 }]);
    expect(fingerprints).toBe(2);
    for (const by of ['total', 'mean', 'p99'] as const) {
      const [first, second] = getSlowQueries(orm).report({ by }).statements;
      const figure = { total: 'totalUs', mean: 'meanUs', p99: 'p99Us' } as const;
      expect(first?.[figure[by]]).toBeGreaterThanOrEqual(second?.[figure[by]] ?? Infinity);
    }
  });

  it('speaks of the shape when the statement carries one', async () => {
    const orm = await open();
    await orm.em.fork().findOne(City, 1, { loggerContext: { shape: 'cities?id=' } });
    await orm.em.fork().findOne(City, 1);
    const { statements } = getSlowQueries(orm).report({ by: 'count' });
    expect(statements.map(({ shape, fingerprint }) => [shape, fingerprint])).toEqual([
      ['cities?id=', CITY_BY_ID],
      [undefined, CITY_BY_ID],
    ]);
  });

  it('tells transactions by their command, not by their text', async () => {
    const orm = await open();
    const nested = (): Promise<unknown> =>
      orm.em.transactional(em => em.transactional(inner => inner.findOne(City, 1)));
    await nested();
    await nested();
    const counts = getSlowQueries(orm)
      .report()
      .statements.map(({ fingerprint, count }) => `${fingerprint} ${count}`);
    expect(counts.toSorted()).toEqual(['begin 2', 'commit 2', 'release 2', 'savepoint 2', `${CITY_BY_ID} 2`]);
  });

  it('puts what is beyond maxFingerprints into others', async () => {
    const orm = await open({ maxFingerprints: 1 });
    await orm.em.fork().findOne(City, 1);
    await orm.em.fork().find(Tag, {});
    await orm.em.fork().find(Country, {});
    const report = getSlowQueries(orm).report();
    expect(report.statements).toMatchObject([{ entity: 'City', count: 1 }]);
    expect(report.others).toMatchObject({ count: 2, rows: 2 * COUNTRIES });
    expect(report.total.count).toBe(3);
  });

  it('is plain data without a value of any statement', async () => {
    const orm = await open({ thresholdMs: 0 });
    const queries = getSlowQueries(orm);
    await orm.em.fork().findOne(City, { name: 'secret' });
    await orm.em.execute(
      "select 'secret', \"secret\" from (select 1 as \"secret\") where 'secret' = 'secret' -- secret",
    );
    await expect(
      orm.em.execute("insert into city (id, name, country_code) values (1, 'secret', 'C1')"),
    ).rejects.toThrow('UNIQUE');
    const told = JSON.stringify([queries.report().statements.filter(({ tables }) => tables.length > 0), queries.slow]);
    expect(told.replaceAll('select ?, secret from (select ? as secret)', '')).not.toContain('secret');
    expect(structuredClone(queries.report())).toEqual(queries.report());
  });
});

describe('a slow statement', () => {
  it('is kept and told when it takes as long as the threshold', async () => {
    const told: SlowStatement[] = [];
    const orm = await open({ thresholdMs: 0, onSlow: statement => told.push(statement) });
    await orm.em.fork().findOne(City, 1, { loggerContext: { shape: 'cities?id=' } });
    const [slow] = getSlowQueries(orm).slow;
    expect(slow).toMatchObject({
      fingerprint: CITY_BY_ID,
      shape: 'cities?id=',
      entity: 'City',
      node: 'primary',
      failed: false,
    });
    expect(told.at(-1)).toEqual(slow);
  });

  it('is not one below the threshold', async () => {
    const orm = await open({ thresholdMs: 60_000 });
    await orm.em.fork().findOne(City, 1);
    expect(getSlowQueries(orm).slow).toEqual([]);
  });

  it('is forgotten when 100 others have followed', async () => {
    const orm = await open({ thresholdMs: 0 });
    await orm.em.fork().findOne(City, 1);
    for (let i = 0; i < 101; i++) await orm.em.fork().findOne(Tag, 1);
    await orm.em.fork().findOne(Country, 'C1');
    const { slow } = getSlowQueries(orm);
    expect(slow).toHaveLength(100);
    expect([slow[0]?.entity, slow[99]?.entity]).toEqual(['Tag', 'Country']);
  });

  it('is not told to a listener that was removed', async () => {
    const orm = await open({ thresholdMs: 0 });
    const listener = vi.fn<(statement: SlowStatement) => void>();
    const remove = getSlowQueries(orm).on('slow', listener);
    remove();
    await orm.em.fork().findOne(City, 1);
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('never the cause', () => {
  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('listener broke');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('listener broke');
      },
    ],
  ])('a listener that %s changes nothing but a warning, once', async (_, onSlow) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const orm = await open({ thresholdMs: 0, onSlow });
    const other = vi.fn<(statement: SlowStatement) => void>();
    getSlowQueries(orm).on('slow', other);
    await expect(orm.em.fork().findOneOrFail(City, 1)).resolves.toMatchObject({ id: 1 });
    await orm.em.fork().findOne(City, 2);
    expect(other).toHaveBeenCalledTimes(2);
    expect(getSlowQueries(orm).report().total.count).toBe(2);
    expect(warn.mock.calls).toEqual([["A listener of 'slow' failed: listener broke", 'SlowQueryWarning']]);
  });

  it('nothing is connected before the ORM is used', async () => {
    const orm = new MikroORM({ entities: ENTITIES, dbName: ':memory:', extensions: [slowQuery()] });
    opened.push(orm);
    expect(getSlowQueries(orm).report().total.count).toBe(0);
    expect(await orm.isConnected()).toBe(false);
  });
});

describe('the monitor', () => {
  it('can be turned off and on while it runs', async () => {
    const orm = await open({ enabled: false });
    const queries = getSlowQueries(orm);
    await orm.em.fork().findOne(City, 1);
    expect(queries.report().total.count).toBe(0);
    queries.enabled = true;
    await orm.em.fork().findOne(City, 1);
    expect(queries.report().total.count).toBe(1);
    queries.enabled = false;
    await orm.em.fork().findOne(City, 1);
    expect(queries.report().total.count).toBe(1);
  });

  it('forgets everything on reset', async () => {
    const orm = await open({ thresholdMs: 0, nPlusOneAt: 2 });
    const queries = getSlowQueries(orm);
    const em = orm.em.fork();
    await em.findOne(Country, 'C1');
    await em.findOne(Country, 'C2');
    expect(queries.nPlusOnes()).toHaveLength(1);
    queries.reset();
    expect(queries.report()).toMatchObject({ fingerprints: 0, total: { count: 0 }, statements: [], nPlusOnes: [] });
    expect(queries.slow).toEqual([]);
  });

  it('keeps two ORMs apart, also with one plugin object', async () => {
    const plugin = slowQuery();
    const openOne = (): Promise<MikroORM> =>
      MikroORM.init({ entities: ENTITIES, dbName: ':memory:', extensions: [plugin] });
    const [one, two] = await Promise.all([openOne(), openOne()]);
    opened.push(one, two);
    await one.em.execute('select 1');
    expect(getSlowQueries(one).report().total.count).toBeGreaterThan(0);
    expect(getSlowQueries(two).report().total.count).toBe(0);
  });

  it('is refused with a remedy where it is not registered', async () => {
    const orm = await MikroORM.init({ entities: ENTITIES, dbName: ':memory:' });
    opened.push(orm);
    expect(() => getSlowQueries(orm)).toThrow(
      expect.objectContaining({
        name: 'SlowQueryError',
        code: 'NOT_REGISTERED',
        message: expect.stringContaining('slowQuery()'),
      }),
    );
  });

  it.each([
    ['thresholdMs', { thresholdMs: -1 }],
    ['thresholdMs', { thresholdMs: Number.NaN }],
    ['maxFingerprints', { maxFingerprints: 0 }],
    ['nPlusOneAt', { nPlusOneAt: 1 }],
    ['nPlusOneAt', { nPlusOneAt: 2.5 }],
  ])('refuses %s out of its range: %o', (option, options) => {
    expect(() => slowQuery(options)).toThrow(SlowQueryError);
    expect(() => slowQuery(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });

  it('types events and options', async () => {
    const queries = getSlowQueries(await open());
    queries.on('slow', statement => {
      expectTypeOf(statement).toEqualTypeOf<SlowStatement>();
    });
    // @ts-expect-error: there is no such event.
    queries.on('fast', () => {});
    expectTypeOf(queries.report({ by: 'p99', top: 3 })).toEqualTypeOf<Report>();
  });
});

import { poolFor, type PoolForOptions } from '@mikro-kit/databases';
import { defineConfig, defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { describe, expect, it } from 'vitest';

it.each([
  [1, 5, 8],
  [10, 5, 8],
  [11, 6, 9],
  [100, 50, 75],
  [101, 51, 77],
])('keeps for %i users a base of %i connections and at most %i', (concurrentUsers, min, max) => {
  expect(poolFor({ driver: 'postgresql', concurrentUsers }).pool).toMatchObject({ min, max });
});

describe('says it in the words of the driver', () => {
  it('pg: bounds the wait and the age of a connection', () => {
    expect(poolFor({ driver: 'postgresql', concurrentUsers: 100 })).toMatchObject({
      pool: { min: 50, max: 75, idleTimeoutMillis: 10_000 },
      driverOptions: { connectionTimeoutMillis: 30_000, maxLifetimeSeconds: 3_600, keepAlive: true },
    });
  });

  it.each(['mysql', 'mariadb'] as const)(
    '%s: bounds the connections, and says that nothing bounds the wait or recycles',
    driver => {
      const { pool, notes } = poolFor({ driver, concurrentUsers: 100 });
      expect(pool).toEqual({ max: 75 });
      expect(notes).toContainEqual(expect.stringMatching(/^No acquire timeout/));
      expect(notes).toContainEqual(expect.stringMatching(/^No recycling/));
    },
  );

  it('mongodb: leaves pool.idleTimeoutMillis alone, which the host passes on as the wait', () => {
    const { pool, driverOptions } = poolFor({ driver: 'mongodb', concurrentUsers: 100 });
    expect(pool).toEqual({ min: 50, max: 75 });
    expect(driverOptions).toEqual({ waitQueueTimeoutMS: 30_000, maxIdleTimeMS: 3_600_000 });
  });

  it('sqlite: has no pool', () => {
    expect(poolFor({ driver: 'sqlite', concurrentUsers: 100 })).toEqual({
      pool: {},
      driverOptions: {},
      notes: [expect.stringMatching(/^No pool/)],
    });
  });
});

it.each(['postgresql', 'mysql', 'mariadb', 'mongodb'] as const)(
  'admits that %s checks no connection before use',
  driver => {
    expect(poolFor({ driver, concurrentUsers: 1 }).notes).toContainEqual(expect.stringMatching(/^No liveness check/));
  },
);

it('takes another wait and another age', () => {
  const plan = poolFor({ driver: 'postgresql', concurrentUsers: 1, acquireTimeoutMs: 2_000, recycleAfterMs: 60_500 });
  expect(plan.driverOptions).toMatchObject({ connectionTimeoutMillis: 2_000, maxLifetimeSeconds: 61 });
});

it('can be spread into the options of MikroORM', async () => {
  const City = defineEntity({ name: 'City', properties: { id: p.integer().primary() } });
  const { pool, driverOptions } = poolFor({ driver: 'sqlite', concurrentUsers: 10 });
  await using orm = new MikroORM(defineConfig({ entities: [City], dbName: ':memory:', pool, driverOptions }));
  await orm.schema.create();
  expect(await orm.em.fork().count(City)).toBe(0);
});

const mistakes: [what: string, options: PoolForOptions, says: string][] = [
  ['no users', { driver: 'mysql', concurrentUsers: 0 }, 'concurrentUsers of poolFor must be a positive number, not 0.'],
  ['NaN users', { driver: 'mysql', concurrentUsers: Number.NaN }, 'not NaN'],
  ['no wait', { driver: 'mysql', concurrentUsers: 1, acquireTimeoutMs: 0 }, 'acquireTimeoutMs'],
  ['no age', { driver: 'mysql', concurrentUsers: 1, recycleAfterMs: -1 }, 'recycleAfterMs'],
];

it.each(mistakes)('refuses %s', (_what, options, says) => {
  expect(() => poolFor(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
  );
});

it('refuses a driver that it does not know', () => {
  // @ts-expect-error not a driver, but a configuration file may say so
  expect(() => poolFor({ driver: 'oracle', concurrentUsers: 1 })).toThrow('it knows postgresql, mysql');
});

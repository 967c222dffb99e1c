import { StatementRefused, type Guard, type Statement } from '@mikro-kit/statement-tap';
import { afterEach, describe, expect, it } from 'vitest';

import { City, kyselyOf, openCities } from './city.ts';

type Opened = Awaited<ReturnType<typeof openCities>>;
const opened: Opened[] = [];
afterEach(async () => {
  for (const { orm } of opened.splice(0)) await orm.close();
});

function refuse(error: unknown = new StatementRefused('not today')): never {
  throw error;
}

async function openGuarded(guard: Guard): Promise<Opened> {
  const cities = await openCities();
  opened.push(cities);
  cities.tap.guard(guard);
  return cities;
}

describe('guards wait around what writes', () => {
  it('before and after each write and commit, and around nothing else', async () => {
    const told: string[] = [];
    const { orm } = await openGuarded({
      before: async ({ kind, command }) => void told.push(`before ${command ?? kind}`),
      after: async ({ kind, command }) => void told.push(`after ${command ?? kind}`),
    });
    await orm.em.fork().transactional(async em => {
      await em.find(City, {});
      await em.nativeDelete(City, 1);
    });
    await kyselyOf(orm).deleteFrom('cities').where('id', '=', 2).execute();
    expect(told).toEqual([
      'before write',
      'after write',
      'before commit',
      'after commit',
      'before write',
      'after write',
    ]);
  });

  it('a `begin` while a transaction is open, which commits it on MySQL, counts as one that may end it', async () => {
    const told: unknown[] = [];
    const { orm } = await openGuarded({
      before: ({ text, endsTransaction }) => void told.push([text, endsTransaction]),
    });
    const em = orm.em.fork();
    await em.execute('begin');
    await expect(em.execute('begin')).rejects.toThrow(/within a transaction/);
    await em.execute('rollback');
    await em.execute('begin');
    await em.execute('rollback');
    expect(told).toEqual([['begin', true]]);
  });

  it('both hooks are given the same statement, the second one its outcome', async () => {
    const statements: Statement[] = [];
    const { orm } = await openGuarded({
      before: statement => void statements.push(statement),
      after: (statement, outcome) => {
        expect(statement).toBe(statements[0]);
        expect(outcome).toMatchObject({ rows: 1 });
      },
    });
    await orm.em.fork().nativeDelete(City, 1);
    expect(statements).toHaveLength(1);
  });

  it('the application gets its result only when `after` is done', async () => {
    let done = false;
    const { orm } = await openGuarded({
      after: async () => {
        await Promise.resolve();
        done = true;
      },
    });
    await orm.em.fork().nativeDelete(City, 1);
    expect(done).toBe(true);
  });

  it('a refusal stops the statement and is what the application gets', async () => {
    const { orm, seen } = await openGuarded({
      before: () => {
        throw new StatementRefused('cities are read-only today');
      },
    });
    await expect(orm.em.fork().nativeDelete(City, 1)).rejects.toThrow('cities are read-only today');
    expect(seen[0]?.error).toBeInstanceOf(StatementRefused);
    expect(await orm.em.fork().count(City)).toBe(3);
  });

  it('a refused commit rolls the transaction back', async () => {
    const { orm } = await openGuarded({
      before: ({ command }) => {
        if (command === 'commit') throw new StatementRefused('no commits today');
      },
    });
    await expect(orm.em.fork().transactional(em => em.nativeDelete(City, 1))).rejects.toThrow('no commits today');
    expect(await orm.em.fork().count(City)).toBe(3);
  });

  it('a guard that was asked before another one refused hears of the refusal', async () => {
    const told: unknown[] = [];
    const { orm, tap } = await openGuarded({ before: () => undefined, after: (_, { error }) => void told.push(error) });
    const refusal = new StatementRefused('not today');
    tap.guard({
      before: () => Promise.reject(refusal),
      after: () => void told.push('the one that refused'),
    });
    await expect(orm.em.fork().nativeDelete(City, 1)).rejects.toThrow('not today');
    expect(told).toEqual([refusal]);
  });

  it('guards are asked in turn, whether they take their time or not, and none after a refusal', async () => {
    const told: string[] = [];
    const { orm, tap } = await openGuarded({ before: () => void told.push('at once') });
    tap.guard({
      before: async () => {
        await Promise.resolve();
        told.push('later');
      },
    });
    const allow = tap.guard({
      before: () => {
        told.push('refuses');
        throw new StatementRefused('not today');
      },
    });
    tap.guard({ before: () => void told.push('last') });
    await expect(orm.em.fork().nativeDelete(City, 1)).rejects.toThrow('not today');
    expect(told.splice(0)).toEqual(['at once', 'later', 'refuses']);
    allow();
    await orm.em.fork().nativeDelete(City, 1);
    expect(told).toEqual(['at once', 'later', 'last']);
  });

  it('a stream that writes is guarded like any other write', async () => {
    const told: string[] = [];
    const { orm } = await openGuarded({
      before: ({ tables }) => void told.push(`before ${String(tables)}`),
      after: (_, { rows }) => void told.push(`after ${rows}`),
    });
    const connection = orm.em.fork().getConnection();
    for await (const row of connection.stream('update cities set population = 1 returning id')) {
      expect(row).toMatchObject({ id: expect.any(Number) });
    }
    expect(told).toEqual(['before cities', 'after 3']);
  });

  it('a guard is not called for the statements of nodes that do not concern it', async () => {
    const told: string[] = [];
    const { orm, tap } = await openGuarded({ concerns: node => node !== 'primary', before: () => refuse() });
    expect(await orm.em.fork().nativeDelete(City, 1)).toBe(1);
    tap.guard({ concerns: node => node === 'primary', before: ({ node }) => void told.push(node) });
    expect(await orm.em.fork().nativeDelete(City, 2)).toBe(1);
    expect(told).toEqual(['primary']);
  });

  it('a guard may be about what runs in transactions alone', async () => {
    const told: unknown[] = [];
    const { orm } = await openGuarded({
      concerns: (_, transaction) => transaction !== undefined,
      before: ({ kind, command }) => void told.push(command ?? kind),
    });
    await orm.em.fork().nativeDelete(City, 1);
    await orm.em.fork().transactional(em => em.nativeDelete(City, 2));
    expect(told).toEqual(['write', 'commit']);
  });

  it('a guard that fails to say whether a node concerns it lets the statement proceed', async () => {
    const { orm } = await openGuarded({ concerns: () => refuse(new Error('guard is broken')), before: () => refuse() });
    expect(await orm.em.fork().nativeDelete(City, 1)).toBe(1);
  });

  it('a guard that fails or is late lets the statement proceed', async () => {
    const { orm, tap } = await openGuarded({ before: () => Promise.reject(new Error('guard is broken')) });
    tap.guard({ deadlineMs: 20, before: () => new Promise(() => {}), after: () => new Promise(() => {}) });
    expect(await orm.em.fork().nativeDelete(City, 1)).toBe(1);
  });
});

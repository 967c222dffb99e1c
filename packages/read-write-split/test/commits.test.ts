import { ensureTap, statementTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { watchCommits } from '../src/causal/commits.ts';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string().unique() } });

interface Tables {
  city: { id: number; name: string };
}

let orm: MikroORM;
let commits: number;
/** How many commits were told of while `work` ran. */
const commitsOf = async (work: () => Promise<unknown>): Promise<number> => {
  commits = 0;
  await work();
  return commits;
};
const refuse = (): never => {
  throw new Error('rolled back');
};

beforeEach(async () => {
  orm = new MikroORM({ entities: [City], dbName: ':memory:', extensions: [statementTap()] });
  await orm.schema.create();
  watchCommits(ensureTap(orm), () => void commits++);
});
afterEach(() => orm.close());

describe('what counts as a commit', () => {
  it.each<[string, (em: MikroORM['em']) => Promise<unknown>]>([
    ['a flush', async em => (em.create(City, { name: 'Oslo' }), em.flush())],
    ['an insert outside of transactions', em => em.insert(City, { name: 'Oslo' })],
    ['an update outside of transactions', em => em.nativeUpdate(City, {}, { name: 'Oslo' })],
    ['raw SQL', em => em.execute("insert into city (name) values ('Oslo')")],
    ['DDL', em => em.execute('create table other (id integer)')],
    ['Kysely', em => orm.em.fork().getKysely<Tables>().insertInto('city').values({ id: 9, name: em.name }).execute()],
    ['a transaction', em => em.transactional(tx => tx.insert(City, { name: 'Oslo' }))],
    [
      'several writes in a transaction with savepoints',
      em =>
        em.transactional(tx => tx.transactional(inner => inner.insertMany(City, [{ name: 'Oslo' }, { name: 'Voss' }]))),
    ],
    [
      'a write beside one that was rolled back to a savepoint',
      em =>
        em.transactional(async tx => {
          await tx.insert(City, { name: 'Oslo' });
          await tx.transactional(inner => inner.insert(City, { name: 'Voss' }).then(refuse)).catch(() => undefined);
        }),
    ],
    [
      'a write before a savepoint that was rolled back to after another was released',
      em =>
        em.transactional(async tx => {
          await tx.transactional(inner => inner.insert(City, { name: 'Oslo' }));
          await tx.transactional(inner => inner.insert(City, { name: 'Voss' }).then(refuse)).catch(() => undefined);
        }),
    ],
  ])('%s is one', async (_, work) => {
    expect(await commitsOf(() => work(orm.em.fork()))).toBe(1);
  });

  it.each<[string, (em: MikroORM['em']) => Promise<unknown>]>([
    ['a read', em => em.find(City, {})],
    ['a transaction that only reads', em => em.transactional(tx => tx.find(City, {}))],
    ['a rollback', em => em.transactional(tx => tx.insert(City, { name: 'Oslo' }).then(refuse)).catch(() => undefined)],
    [
      'a write that was rolled back to its savepoint',
      em =>
        em.transactional(tx =>
          tx.transactional(inner => inner.insert(City, { name: 'Oslo' }).then(refuse)).catch(() => undefined),
        ),
    ],
    [
      'a write in a released savepoint inside one that was rolled back to',
      em =>
        em.transactional(tx =>
          tx
            .transactional(outer => outer.transactional(inner => inner.insert(City, { name: 'Oslo' })).then(refuse))
            .catch(() => undefined),
        ),
    ],
    ['a flush without changes', em => em.flush()],
  ])('%s is none', async (_, work) => {
    expect(await commitsOf(() => work(orm.em.fork()))).toBe(0);
  });

  it('a write that the database refused is none', async () => {
    await orm.em.fork().insert(City, { name: 'Oslo' });
    expect(
      await commitsOf(() =>
        orm.em
          .fork()
          .insert(City, { name: 'Oslo' })
          .catch(() => undefined),
      ),
    ).toBe(0);
  });
});

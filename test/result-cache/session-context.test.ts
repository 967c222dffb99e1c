import { cacheable, getResultCache, memoryStore, resultCache } from '@mikro-kit/result-cache';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { expect, it, onTestFinished } from 'vitest';

import { describeWith, postgres } from '../servers/index.ts';

const Label = defineEntity({ name: 'Label', properties: { id: p.integer().primary() } });
const Note = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), tenant: p.integer(), labels: () => p.manyToMany(Label) },
});
for (const entity of [Note, Label]) cacheable(entity);

await describeWith('postgres', 'row-level security by session context', () => {
  it('each session has entries of its own', async () => {
    await using servers = await postgres();
    const orm = await MikroORM.init({
      entities: [Note, Label],
      extensions: [resultCache()],
      ...servers.mikroOrmOptions(),
    });
    onTestFinished(() => orm.close());
    await orm.schema.create();
    await orm.em.fork().insertMany(
      Note,
      [1, 2, 3].map(id => ({ id, tenant: id % 2 })),
    );
    await orm.em.fork().execute(`
      create role tenant; grant all on note, label, note_labels to tenant;
      alter table note enable row level security;
      create policy own on note using (tenant = current_setting('app.tenant')::int)`);
    const session = (tenant: number) => {
      const em = orm.em.fork();
      em.setSessionContext({ role: 'tenant', variables: { 'app.tenant': `${tenant}` } });
      return em;
    };
    const seen = async (tenant: number): Promise<unknown> => [
      (await session(tenant).find(Note, {}, { orderBy: { id: 'asc' } })).map(({ id }) => id),
      (await session(tenant).findOne(Note, 1))?.id,
      await session(tenant).count(Note),
      (await session(tenant).createQueryBuilder(Note).getResultList()).length,
    ];
    for (let round = 0; round < 2; round++) {
      expect(await seen(0)).toEqual([[2], undefined, 1, 1]);
      expect(await seen(1)).toEqual([[1, 3], 1, 2, 2]);
    }
    expect(await orm.em.fork().count(Note)).toBe(3);
    expect(getResultCache(orm).stats().hits).toBeGreaterThan(0);
    await session(1).insert(Note, { id: 5, tenant: 1 });
    expect(await seen(1)).toEqual([[1, 3, 5], 1, 3, 3]);
  });

  it('a hook that reads by a session of its own, too', async () => {
    await using servers = await postgres();
    const Writer = defineEntity({ name: 'Writer', properties: { id: p.integer().primary(), tenant: p.integer() } });
    const Letter = defineEntity({
      name: 'Letter',
      properties: { id: p.integer().primary(), writer: () => p.manyToOne(Writer) },
    });
    cacheable(Letter);
    const orm = await MikroORM.init({
      entities: [Letter, Writer],
      extensions: [resultCache()],
      ...servers.mikroOrmOptions(),
    });
    onTestFinished(() => orm.close());
    await orm.schema.create();
    await orm.em.fork().insertMany(Writer, [
      { id: 1, tenant: 1 },
      { id: 2, tenant: 2 },
    ]);
    await orm.em.fork().insert(Letter, { id: 1, writer: 1 });
    await orm.em.fork().execute(`
      create role tenant; grant all on letter, writer to tenant;
      alter table writer enable row level security;
      create policy own on writer using (tenant = current_setting('app.tenant')::int)`);
    let tenant = 1;
    const writers: number[][] = [];
    orm.em.getEventManager().registerSubscriber({
      getSubscribedEntities: () => [Letter],
      onLoad: async () => {
        const em = orm.em.fork();
        em.setSessionContext({ role: 'tenant', variables: { 'app.tenant': `${tenant}` } });
        writers.push((await em.find(Writer, {})).map(({ id }) => id));
      },
    });
    for (tenant of [1, 2, 1]) await orm.em.fork().find(Letter, {});
    expect(writers).toEqual([[1], [2], [1]]);
  });

  it('each user of the database has entries of its own, of one store', async () => {
    await using servers = await postgres();
    const store = memoryStore();
    const open = async (user: object) => {
      const connection = { ...servers.mikroOrmOptions(), ...user };
      const orm = await MikroORM.init({
        entities: [Note, Label],
        extensions: [resultCache({ store })],
        ...connection,
      });
      onTestFinished(() => orm.close());
      return orm;
    };
    const owner = await open({});
    await owner.schema.create();
    await owner.em.fork().insertMany(Note, [
      { id: 1, tenant: 1 },
      { id: 2, tenant: 2 },
    ]);
    await owner.em.fork().execute(`
      create role clerk login; grant all on note to clerk;
      alter table note enable row level security;
      create policy clerks on note using (tenant = 1)`);
    const clerk = await open({ user: 'clerk' });
    for (let round = 0; round < 2; round++) {
      expect([await owner.em.fork().count(Note), await clerk.em.fork().count(Note)]).toEqual([2, 1]);
    }
    expect([getResultCache(owner).stats().hits, getResultCache(clerk).stats().hits]).toEqual([1, 1]);
  });
});

import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { defineEntity, MikroORM, p } from '@mikro-orm/mongodb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { describeWithAny, anyServer, type AnyServer } from '../servers/index.ts';

const City = defineEntity({
  name: 'City',
  tableName: 'cities',
  properties: { _id: p.integer().primary(), name: p.string() },
});
cacheable(City);

await describeWithAny('mongodb', 'MongoDB', () => {
  let server: AnyServer;
  beforeAll(async () => void (server = await anyServer('mongodb')));
  afterAll(() => server?.stop());

  it('has no entities cached, which is said, but functions, which are loaded anew after a write', async () => {
    const logged: string[] = [];
    const orm = await MikroORM.init({
      entities: [City],
      extensions: [resultCache()],
      logger: message => void logged.push(message),
      ...server.mikroOrmOptions(),
    });
    onTestFinished(() => orm.close());
    expect(logged.join()).toContain('no entities are cached');
    await orm.em.fork().insert(City, { _id: 1, name: 'Lima' });
    const cache = getResultCache(orm);
    const read = (): Promise<string> =>
      cache.wrap('name', async () => (await orm.em.fork().findOneOrFail(City, 1)).name, { dependsOn: [City] });
    expect([await read(), await read()]).toEqual(['Lima', 'Lima']);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1 });
    for (const [name, write] of [
      ['one', () => orm.em.fork().nativeUpdate(City, { _id: 1 }, { name: 'one' })],
      ['two', () => orm.em.fork().upsert(City, { _id: 1, name: 'two' })],
      ['three', () => orm.em.fork().transactional(em => em.nativeUpdate(City, { _id: 1 }, { name: 'three' }))],
      [
        'four',
        async () => {
          const em = orm.em.fork();
          (await em.findOneOrFail(City, 1)).name = 'four';
          await em.flush();
        },
      ],
    ] as const) {
      await write();
      expect(await read()).toBe(name);
    }
  });
});

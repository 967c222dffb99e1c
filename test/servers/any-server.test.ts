import { MikroORM } from '@mikro-orm/postgresql';
import { afterEach, expect, it, vi } from 'vitest';

import { anyServer, describeWith, postgres, serverNames } from './index.ts';
import { recordVariable } from './record-use.ts';

for (const name of serverNames) {
  await describeWith(name, `any ${name}`, () => {
    it('is one of ours where the environment names none', async () => {
      vi.stubEnv(`TEST_${name.toUpperCase()}_URL`, '');
      await using server = await anyServer(name);
      expect(server).toMatchObject({ kind: 'own', name, mikroOrmOptions: expect.any(Function) });
      expect(server.mikroOrmOptions().clientUrl).toBe(server.url);
    });
  });
}

afterEach(() => vi.unstubAllEnvs());

await describeWith('postgres', "the user's own server", () => {
  it('is used by its URL, in a database of its own that is gone afterwards', async () => {
    await using group = await postgres();
    vi.stubEnv('TEST_POSTGRES_URL', group.primary.url);
    vi.stubEnv(recordVariable, ''); // the run's report would tell of a variable that its user never set
    const server = await anyServer('postgres');
    expect(server).toMatchObject({ kind: 'external', version: group.version, url: group.primary.url });
    const orm = await MikroORM.init({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      ...server.mikroOrmOptions(),
    });
    await orm.schema.ensureDatabase();
    expect(await orm.em.execute('select current_database() as name')).toEqual([
      { name: server.mikroOrmOptions().dbName },
    ]);
    await orm.close(true);
    await server.stop();
    const check = await MikroORM.init({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      clientUrl: group.primary.url,
    });
    expect(await check.em.execute(`select 1 from pg_database where datname like 'mikro_kit%'`)).toEqual([]);
    await check.close(true);
  });
});

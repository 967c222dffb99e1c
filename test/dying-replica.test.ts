import { MikroORM } from '@mikro-orm/postgresql';
import { expect, it } from 'vitest';

import { describeWith, postgres } from './servers/index.ts';
import { City } from './statement-tap/cities.ts';

await describeWith('postgres', 'plain MikroORM with a replica that dies', () => {
  it('fails the reads that it sends there', async () => {
    await using servers = await postgres({ standbys: 1 });
    await using orm = await MikroORM.init({ entities: [City], ...servers.mikroOrmOptions() });
    await orm.schema.create();
    await servers.replicas[0].caughtUp();
    await expect(orm.em.fork().find(City, {})).resolves.toEqual([]);
    await servers.replicas[0].kill();
    await expect(orm.em.fork().find(City, {})).rejects.toThrow(/ECONNREFUSED|terminated/);
    await servers.replicas[0].restart();
    await expect(orm.em.fork().find(City, {})).resolves.toEqual([]);
  });
});

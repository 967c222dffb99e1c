import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import { expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { query as askMysql } from '../servers/mysql/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { openOrm, products, QUICK, startCluster } from './cluster.ts';
import { becomes, statusOf } from './load.ts';

/** Nobody is asked but for a reason. */
const QUIET = { ...QUICK, probe: { intervalMs: 60_000 } };

for (const product of products) {
  await describeWith(product, `what is under way when another node is promoted, of ${product}`, () => {
    it('a transaction that wrote before is not committed on the old primary, and leaves its pool whole', async () => {
      await using servers = await startCluster(product);
      await using orm = await openOrm(product, servers, QUICK, { pool: { min: 0, max: 1 } });
      await orm.em.fork().findOneOrFail(City, 1);
      const em = orm.em.fork();
      await em.begin();
      await em.insert(City, { id: 20, name: 'Bergen' });
      await servers.replicas[0].promote();
      getReadWriteSplit(orm).usePrimary('replica-0');
      const refused = { code: 'STATEMENT_REFUSED', message: expect.stringContaining('repeat it') };
      await expect(em.insert(City, { id: 21, name: 'Tromsø' })).rejects.toMatchObject(refused);
      await expect(em.commit()).rejects.toMatchObject(refused);
      await em.rollback();
      const onOld = (): Promise<unknown> =>
        getReadWriteSplit(orm).onNode('primary', () => orm.em.fork().findOne(City, 20, { connectionType: 'read' }));
      expect(await onOld()).toBeNull();
    });

    it('a token of the new primary is read by a process that has not heard of it, though the old one answers', async () => {
      await using servers = await startCluster(product);
      await using unaware = await openOrm(product, servers, { ...QUIET, consistency: 'causal' });
      await unaware.em.fork().findOneOrFail(City, 1);
      await until(() => statusOf(unaware, 'replica-1')?.lagMs === 0, { what: 'a first probe' });
      await using aware = await openOrm(product, servers, { ...QUICK, consistency: 'causal' });
      await servers.replicas[0].promote();
      getReadWriteSplit(aware).usePrimary('replica-0');
      const token = await RequestContext.create(aware.em, async () => {
        await aware.em.fork().insert(City, { id: 20, name: 'Bergen' });
        return getReadWriteSplit(aware).token();
      });
      const read = (): Promise<unknown> => unaware.em.fork().findOne(City, 20);
      for (let n = 0; n < 10; n++) expect(await getReadWriteSplit(unaware).withToken(token, read)).not.toBeNull();
    });

    if (product === 'postgres') return;

    it('a request finds what it wrote on a replica as soon as the primary is dead', async () => {
      await using servers = await startCluster(product);
      await using orm = await openOrm(product, servers, { ...QUIET, consistency: 'causal' });
      await orm.em.fork().findOneOrFail(City, 1);
      await until(() => statusOf(orm, 'replica-1')?.lagMs === 0, { what: 'a first probe' });
      await RequestContext.create(orm.em, async () => {
        await orm.em.fork().insert(City, { id: 20, name: 'Bergen' });
        await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
        await servers.primary.kill();
        expect(await orm.em.fork().findOne(City, 20)).not.toBeNull();
      });
    });

    it('a write that is refused in a transaction begun by hand has the new primary found', async () => {
      await using servers = await startCluster(product);
      await using orm = await openOrm(product, servers, QUIET, { logger: () => undefined });
      await orm.em.fork().findOneOrFail(City, 1);
      await until(() => statusOf(orm, 'replica-0')?.lagMs === 0, { what: 'a first probe' });
      await askMysql(servers.primary.port, 'set global read_only = on');
      await servers.replicas[0].promote();
      const em = orm.em.fork();
      await em.begin();
      await expect(em.insert(City, { id: 20, name: 'Bergen' })).rejects.toThrow(/read[-_]only/);
      await em.rollback();
      await until(() => statusOf(orm, 'replica-0')?.role === 'primary', { what: 'the new primary' });
      await becomes(orm, 'primary', 'out');
    });
  });
}

import { getReadWriteSplit, isReadWriteSplitError } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { query } from '../servers/mysql/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, products, QUICK } from './cluster.ts';
import { becomes, type Load, statusOf } from './load.ts';
import { type LoadedCluster, startLoadedCluster } from './loaded-cluster.ts';

for (const product of products) {
  await describeWith(product, `faults at once, under 50 readers and a writer, of ${product}`, () => {
    let loaded: LoadedCluster;
    let servers: Cluster;
    let orm: MikroORM;
    let load: Load;
    let events: string[];
    const read = (): Promise<unknown> => orm.em.fork().findOneOrFail(City, 1);

    beforeAll(async () => {
      loaded = await startLoadedCluster(product);
      ({ servers, orm, load, events } = loaded);
    });
    beforeEach(() => loaded.forget());
    afterAll(() => loaded?.[Symbol.asyncDispose]());

    it('when all nodes die reads and writes fail at once, typed, and each goes on with the first node that can answer it', async () => {
      const [first, second] = servers.replicas;
      await Promise.all([first.kill(), second.kill()]);
      await load.goesOn(100, 1);
      expect([load.failedReads, load.failedWrites]).toEqual([[], []]);
      await servers.primary.kill();
      await until(() => failsAs('NO_NODE', read()), { what: 'reads to fail' });
      const asked = performance.now();
      expect(await failsAs('NO_NODE', read())).toBe(true);
      expect(performance.now() - asked).toBeLessThan(1_000);
      await second.restart();
      await load.goesOn(100);
      expect(await failsAs('PRIMARY_DOWN', orm.em.fork().insert(City, { id: 10, name: 'Bergen' }))).toBe(true);
      load.forget();
      await load.goesOn(100);
      expect(load.failedReads).toEqual([]);
      await Promise.all([servers.primary.restart(), first.restart()]);
      await Promise.all([becomes(orm, 'replica-0', 'in'), load.goesOn(100, 1)]);
      expect(load.failedReads).toEqual([]);
    });

    it('a promotion is followed while the other replica is silent, and no read fails', async () => {
      const [heir, other] = servers.replicas;
      await Promise.all([becomes(orm, 'replica-0', 'in'), becomes(orm, 'replica-1', 'in')]);
      await Promise.all([other.pause(), servers.primary.kill()]);
      await heir.promote();
      await load.goesOn(100, 10);
      expect(statusOf(orm, 'replica-0')).toMatchObject({ role: 'primary', state: 'in' });
      await other.resume();
      await other.follow(heir);
      await becomes(orm, 'replica-1', 'in');
      await load.goesOn(100, 10);
      expect(events.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
      expect(load.failedReads).toEqual([]);
    });

    if (product === 'postgres') return;

    it('a demotion is noticed by the write that is refused: it is sent to the new primary, and a transaction fails once', async () => {
      const [old, heir] = servers.replicas;
      const quiet = { ...QUICK, probe: { intervalMs: 60_000 } };
      await using writing = await openOrm(product, servers, quiet);
      await using transacting = await openOrm(product, servers, quiet);
      let id = 20;
      const insert = (): Promise<unknown> => writing.em.fork().insert(City, { id: id++, name: 'Bergen' });
      const transact = (): Promise<unknown> =>
        transacting.em.fork().transactional(em => em.insert(City, { id: id++, name: 'Bergen' }));
      for (const own of [writing, transacting]) {
        getReadWriteSplit(own).usePrimary('replica-0');
        await own.em.fork().findOneOrFail(City, 1);
        await until(() => statusOf(own, 'replica-1')?.lagMs !== 'unknown', { what: 'the first probe of replica-1' });
      }
      await query(old.port, 'set global read_only = on');
      await expect(insert()).rejects.toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
      await heir.promote();
      await insert();
      await expect(transact()).rejects.toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
      await transact();
      for (const own of [writing, transacting]) expect(statusOf(own, 'replica-1')?.role).toBe('primary');
      expect(await query(heir.port, 'select id from test.cities where id between 20 and 29 order by id')).toEqual([
        { id: 21 },
        { id: 23 },
      ]);
    });
  });
}

/** Whether it fails so, and does fail. */
async function failsAs(code: 'NO_NODE' | 'PRIMARY_DOWN', work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    error => isReadWriteSplitError(error, code),
  );
}

import { getReadWriteSplit, isReadWriteSplitError } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, products, QUICK } from './cluster.ts';
import { becomes, type Load, recordEvents, statusOf } from './load.ts';

const PATIENT = { timeout: 20_000 };
import { type LoadedCluster, startLoadedCluster } from './loaded-cluster.ts';

for (const product of products) {
  await describeWith(product, `a primary that fails, under 50 readers and a writer, of ${product}`, () => {
    let loaded: LoadedCluster;
    let servers: Cluster;
    let orm: MikroORM;
    let load: Load;
    let events: string[];

    beforeAll(async () => {
      loaded = await startLoadedCluster(product);
      ({ servers, orm, load, events } = loaded);
    });
    beforeEach(() => loaded.forget());
    afterAll(() => loaded?.[Symbol.asyncDispose]());

    it('while the primary and a replica are down reads go on, and writes fail at once, typed', async () => {
      const [replica] = servers.replicas;
      await Promise.all([servers.primary.kill(), replica.kill()]);
      await Promise.all([becomes(orm, 'primary', 'out'), becomes(orm, 'replica-0', 'out')]);
      load.forget();
      await load.goesOn(100);
      const asked = performance.now();
      const write = orm.em.fork().insert(City, { id: 2, name: 'Bergen' });
      await expect(write).rejects.toSatisfy(error => isReadWriteSplitError(error, 'PRIMARY_DOWN'));
      expect(performance.now() - asked).toBeLessThan(1_000);
      expect(load.failedWrites.every(error => isReadWriteSplitError(error, 'PRIMARY_DOWN'))).toBe(true);
      expect(load.failedReads).toEqual([]);
      await servers.primary.restart();
      await replica.restart();
      await becomes(orm, 'replica-0', 'in');
      await load.goesOn(100, 1);
    });

    it('writes to a primary that falls silent fail, too, and go on when it is back', async () => {
      await servers.primary.pause();
      const write = orm.em.fork().insert(City, { id: 3, name: 'Bergen' });
      await expect(write).rejects.toSatisfy(error => isReadWriteSplitError(error, 'PRIMARY_DOWN'));
      await load.goesOn(100);
      await servers.primary.resume();
      await load.goesOn(100, 1);
      expect(events.filter(event => event.includes('primary'))).toEqual([
        'ejected primary silent',
        'readmitted primary',
      ]);
      expect(load.failedReads).toEqual([]);
    });

    it('a promotion is followed', async () => {
      const [promoted, other] = servers.replicas;
      await becomes(orm, 'replica-0', 'in');
      await becomes(orm, 'replica-1', 'in');
      await servers.primary.kill();
      await promoted.promote();
      await other.follow(promoted);
      await load.goesOn(100, 10);
      expect(statusOf(orm, 'replica-0')).toMatchObject({ role: 'primary', state: 'in', lagMs: 0 });
      expect(events.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
      const em = orm.em.fork();
      await em.insert(City, { id: 4, name: 'Bergen' });
      expect(await em.findOne(City, 4, { connectionType: 'write' })).not.toBeNull();
      expect(load.failedReads).toEqual([]);
    });

    it('the old primary is fenced when it comes back as one', async () => {
      await servers.primary.restart();
      await load.goesOn(100, 10);
      await expect
        .poll(() => statusOf(orm, 'primary')?.why, PATIENT)
        .toContain('says that it is a primary, but replica-0 is');
      expect(statusOf(orm, 'primary')).toMatchObject({ role: 'replica', state: 'out' });
      expect(events.filter(event => event.startsWith('promoted'))).toEqual([]);
      const write = getReadWriteSplit(orm).onNode('primary', () =>
        orm.em.fork().insert(City, { id: 5, name: 'Bergen' }),
      );
      await write;
      expect(await orm.em.fork().findOne(City, 5, { connectionType: 'write' })).not.toBeNull();
    });

    it('an application that starts when its primary is long dead follows the heir, though it only writes', async () => {
      await servers.primary.kill();
      await using late = await openOrm(product, servers, QUICK);
      const told = recordEvents(late);
      await until(() => succeeds(() => late.em.fork().insert(City, { id: 6, name: 'Bergen' })), { what: 'a write' });
      expect(told.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
      expect(statusOf(late, 'replica-0')).toMatchObject({ role: 'primary', state: 'in' });
      await servers.primary.restart();
    });

    it('a process that only writes goes on when the primary is back, and never on the one that was replaced', async () => {
      await using own = await openOrm(product, servers, QUICK);
      const insert = (id: number): Promise<unknown> => own.em.fork().insert(City, { id, name: 'Bergen' });
      getReadWriteSplit(own).usePrimary('replica-0');
      await insert(7);
      await servers.replicas[0].kill();
      await expect(insert(8)).rejects.toBeInstanceOf(Error);
      await servers.replicas[0].restart();
      await until(() => succeeds(() => insert(8)), { what: 'a write' });
      expect(statusOf(own, 'replica-0')?.role).toBe('primary');
    });
  });
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  );
}

import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { expect, it } from 'vitest';

import { describeWith } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';
import { openOrm, QUICK, startCluster } from './cluster.ts';
import { recordEvents, startLoad, statusOf } from './load.ts';

const PATIENT = { timeout: 20_000 };

for (const product of ['mysql', 'mariadb'] as const) {
  await describeWith(product, `two primaries of ${product}`, () => {
    it('stay as they are, with a warning, until an operator decides: there are no timelines', async () => {
      await using servers = await startCluster(product);
      const warnings: string[] = [];
      await using orm = await openOrm(product, servers, QUICK, { logger: line => warnings.push(line) });
      await using load = startLoad(orm);
      const events = recordEvents(orm);
      await load.goesOn(100, 1);
      await expect.poll(() => statusOf(orm, 'replica-0')?.lagMs, PATIENT).not.toBe('unknown');
      await servers.replicas[0].promote();
      await expect.poll(() => warnings.join(), PATIENT).toMatch(/all say that they are the primary; primary stays/);
      await expect.poll(() => statusOf(orm, 'replica-0')?.state, PATIENT).toBe('out');
      expect(statusOf(orm, 'primary')?.role).toBe('primary');
      getReadWriteSplit(orm).usePrimary('replica-0');
      await load.goesOn(100, 1);
      expect(statusOf(orm, 'primary')).toMatchObject({ role: 'replica', state: 'out' });
      expect(events.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
      expect(load.failedReads).toEqual([]);
      warnings.length = 0;
      await using late = await openOrm(product, servers, QUICK, { logger: line => warnings.push(line) });
      await late.em.fork().findOneOrFail(City, 1);
      await expect.poll(() => warnings.join(), PATIENT).toMatch(/primary and replica-0 all say .*; primary stays/);
    });
  });
}

await describeWith('postgres', 'two primaries of PostgreSQL', () => {
  it('are told apart by their timeline: the higher one is followed, and the other one fenced', async () => {
    await using servers = await startCluster('postgres');
    await using orm = await openOrm('postgres', servers, QUICK);
    await using load = startLoad(orm);
    const events = recordEvents(orm);
    await load.goesOn(100, 1);
    await servers.replicas[0].promote();
    await expect.poll(() => statusOf(orm, 'replica-0')?.role, PATIENT).toBe('primary');
    await load.goesOn(100, 1);
    expect(statusOf(orm, 'primary')).toMatchObject({ role: 'replica', state: 'out' });
    expect(events.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
    expect(load.failedReads).toEqual([]);
  });
});

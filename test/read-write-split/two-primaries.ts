import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { expect, it } from 'vitest';

import { City } from '../statement-tap/cities.ts';
import { openOrm, type Product, QUICK, startCluster } from './cluster.ts';
import { recordEvents, startLoad, statusOf } from './load.ts';

const PATIENT = { timeout: 20_000 };

/** Two servers that take writes at once. */
export function twoPrimaries(product: Product): void {
  it('of two primaries the one on the higher timeline counts; without timelines an operator decides', async () => {
    await using servers = await startCluster(product);
    const warnings: string[] = [];
    await using orm = await openOrm(product, servers, QUICK, { logger: line => warnings.push(line) });
    await using load = startLoad(orm);
    const events = recordEvents(orm);
    await load.goesOn(100, 1);
    await servers.replicas[0].promote();
    if (product !== 'postgres') {
      await expect.poll(() => warnings.join('\n'), PATIENT).toMatch(/primary and replica-0 all say .*; primary stays/);
      await expect.poll(() => statusOf(orm, 'replica-0')?.state, PATIENT).toBe('out');
      expect(statusOf(orm, 'primary')?.role).toBe('primary');
      getReadWriteSplit(orm).usePrimary('replica-0');
    }
    await expect.poll(() => statusOf(orm, 'replica-0')?.role, PATIENT).toBe('primary');
    await load.goesOn(100, 1);
    expect(statusOf(orm, 'primary')).toMatchObject({ role: 'replica', state: 'out' });
    expect(events.filter(event => event.startsWith('promoted'))).toEqual(['promoted replica-0']);
    await orm.em.fork().insert(City, { id: 2, name: 'Bergen' });
    expect(load.failedReads).toEqual([]);
  });
}

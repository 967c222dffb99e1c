import { getReadWriteSplit, type ReadWriteSplit } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, QUICK, startCluster } from './cluster.ts';

const TABLES = ['cities'];

await describeWith('postgres', 'whether rows of a node may be kept', () => {
  let servers: Cluster;
  let orm: MikroORM;
  let other: MikroORM;
  let split: ReadWriteSplit;
  let lastId = 1;
  const write = (by: MikroORM): Promise<unknown> => by.em.fork().insert(City, { id: ++lastId, name: 'new' });

  beforeAll(async () => {
    servers = await startCluster('postgres');
    orm = await openOrm('postgres', servers, QUICK);
    other = await openOrm('postgres', servers, QUICK);
    split = getReadWriteSplit(orm);
  });
  afterAll(async () => {
    await orm?.close(true);
    await other?.close(true);
    await servers?.stop();
  });

  it('of a replica, when it has replayed all that anybody has committed, and not before', async () => {
    const [replica] = servers.replicas;
    await replica.breakReplication();
    for (const writer of [orm, other]) {
      await write(writer);
      expect(await split.mayFill('replica-0', TABLES)).toBe(false);
    }
    expect(await split.mayFill('primary', TABLES)).toBe(true);
    expect(await split.mayFill('replica-0', [])).toBe(true);
    await replica.repairReplication();
    await replica.caughtUp();
    expect(await split.mayFill('replica-0', TABLES)).toBe(true);
  });

  it('by a position that the primary told since, without asking it again', async () => {
    await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
    const since = performance.now();
    expect(await split.mayFill('replica-1', TABLES, since)).toBe(true);
    await servers.replicas[1].breakReplication();
    await write(other);
    expect(await split.mayFill('replica-1', TABLES, since)).toBe(true);
    expect(await split.mayFill('replica-1', TABLES)).toBe(false);
    await servers.replicas[1].repairReplication();
  });

  it('of no replica that does not answer, and of none while the primary does not', async () => {
    await servers.replicas[0].pause();
    await write(orm);
    expect(await split.mayFill('replica-0', TABLES)).toBe(false);
    await servers.replicas[0].resume();
    await servers.replicas[1].caughtUp();
    await servers.primary.pause();
    expect(await split.mayFill('replica-1', TABLES)).toBe(false);
    await servers.primary.resume();
    await expect(split.mayFill('replica-9', TABLES)).rejects.toMatchObject({ code: 'UNKNOWN_NODE' });
  });

  it('where a replica stood is forgotten as soon as it dies, not when it is next probed', async () => {
    await using own = await openOrm('postgres', servers, { probe: { intervalMs: 60_000 } });
    const mine = getReadWriteSplit(own);
    await until(() => mine.mayFill('replica-0', TABLES), { what: 'the replica to be current' });
    const since = performance.now();
    expect(await mine.mayFill('replica-0', TABLES, since)).toBe(true);
    await servers.replicas[0].kill();
    await until(async () => !(await mine.mayFill('replica-0', TABLES, since)), { what: 'it to be forgotten' });
    await servers.replicas[0].restart();
  });
});

import { getReadWriteSplit, readWriteSplit } from '@mikro-kit/read-write-split';
import { ensureTap } from '@mikro-kit/statement-tap';
import { MikroORM, RequestContext } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, postgres, type PostgresGroup } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';

await describeWith('postgres', 'the read/write split on PostgreSQL with two standbys', () => {
  let servers: PostgresGroup<2>;
  let orm: MikroORM;
  /** The node of each statement that `work` sends inside a request of its own. */
  const nodesOf = (work: () => Promise<unknown>): Promise<string[]> =>
    RequestContext.create(orm.em, async () => {
      const nodes: string[] = [];
      const own = orm.em.id;
      const stop = ensureTap(orm).observe(({ node, fork }) => fork === own && nodes.push(node));
      await work();
      stop();
      return nodes;
    });
  const read = (): Promise<unknown> => orm.em.find(City, {}, { refresh: true });

  beforeAll(async () => {
    servers = await postgres({ standbys: 2 });
    orm = await MikroORM.init({
      entities: [City],
      extensions: [readWriteSplit({ consistency: 'sticky', stickyMs: 60_000, balance: 'round-robin' })],
      ...servers.mikroOrmOptions(),
    });
    await orm.schema.create();
    await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
    await nodesOf(read);
  });
  afterAll(async () => {
    await orm?.close(true);
    await servers?.stop();
  });

  it('keeps the reads of a request on one standby, and gives the next request the other', async () => {
    const first = await nodesOf(async () => [await read(), await read()]);
    const second = await nodesOf(async () => [await read(), await read()]);
    expect(new Set(first).size).toBe(1);
    expect(new Set([...first, ...second])).toEqual(new Set(['replica-0', 'replica-1']));
  });

  it('reads from the primary what the same request has written, while standbys lag', async () => {
    await Promise.all(servers.replicas.map(replica => replica.breakReplication()));
    const nodes = await nodesOf(async () => {
      await orm.em.insert(City, { id: 1, name: 'Oslo' });
      expect(await read()).toHaveLength(1);
    });
    expect(nodes).toEqual(['primary', 'primary']);
    await Promise.all(servers.replicas.map(replica => replica.repairReplication()));
  });

  it('keeps parallel requests apart, across the sockets of the pool', async () => {
    const [writer, reader] = await Promise.all([
      nodesOf(async () => [await orm.em.nativeUpdate(City, 1, { population: 1 }), await read()]),
      nodesOf(async () => [await read(), await read()]),
    ]);
    expect(writer).toEqual(['primary', 'primary']);
    expect(reader).not.toContain('primary');
  });

  it('runs a write on the primary that was meant for a standby', async () => {
    const nodes = await nodesOf(() =>
      getReadWriteSplit(orm).read(() =>
        orm.em.createQueryBuilder(City, 'c', 'read').update({ population: 2 }).where({ id: 1 }).execute(),
      ),
    );
    expect(nodes).toEqual(['primary']);
  });
});

import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, postgres, type PostgresGroup } from './index.ts';
import { query } from './postgres/connection.ts';

await describeWith('postgres', 'a PostgreSQL primary with two standbys', () => {
  let group: PostgresGroup<2>;
  let value = 0;

  beforeAll(async () => {
    group = await postgres({ standbys: 2 });
    await query(group.primary.port, 'create table seen (value int)');
  });
  afterAll(() => group?.stop());

  const write = async (to = group.primary.port) => {
    value += 1;
    await query(to, `insert into seen values (${value})`);
    return value;
  };
  it('copies what the primary commits to both', async () => {
    const written = await write();
    for (const replica of group.replicas) {
      await replica.caughtUp();
      expect(await reads(replica.port, written)).toBe(true);
    }
  });

  it('gives MikroORM the primary and its replicas by name', () => {
    expect(group.mikroOrmOptions()).toMatchObject({
      dbName: 'test',
      port: group.primary.port,
      replicas: group.replicas.map(({ name, port }) => ({ name, port })),
    });
  });

  it('lags by the time asked for', async () => {
    const [replica] = group.replicas;
    await replica.lag(700);
    const start = performance.now();
    const written = await write();
    expect(await reads(replica.port, written)).toBe(false);
    await replica.caughtUp();
    expect(performance.now() - start).toBeGreaterThan(650);
    await replica.lag(0);
  });

  it('answers with old data while its replication is broken, and catches up when it is repaired', async () => {
    const [replica, other] = group.replicas;
    await replica.breakReplication();
    const written = await write();
    await other.caughtUp();
    expect(await reads(replica.port, written)).toBe(false);
    await replica.repairReplication();
    await replica.caughtUp();
    expect(await reads(replica.port, written)).toBe(true);
  });

  it('does not answer while it is paused, not even on an open connection, and goes on when resumed', async () => {
    const [replica] = group.replicas;
    const open = new Client({ connectionString: replica.url, query_timeout: 500 });
    await open.connect();
    await replica.pause();
    await expect(open.query('select 1')).rejects.toThrow('Query read timeout');
    await expect(query(replica.port, 'select 1')).rejects.toThrow(/timeout/i);
    await replica.resume();
    expect(await query(replica.port, 'select 1 as one')).toEqual([{ one: 1 }]);
    await open.end();
  });

  it('refuses connections when it is killed and has its data when it is restarted', async () => {
    const written = await write();
    await group.primary.kill();
    await expect(query(group.primary.port, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await group.primary.restart();
    expect(await reads(group.primary.port, written)).toBe(true);
    const [replica] = group.replicas;
    await write();
    await replica.caughtUp();
  });

  it('lets a replica take over, and the other follow it', async () => {
    const [heir, other] = group.replicas;
    await group.primary.kill();
    await heir.promote();
    await other.follow(heir);
    const written = await write(heir.port);
    await other.caughtUp();
    expect(await reads(other.port, written)).toBe(true);
  });

  it('is gone after stop, which may be called twice', async () => {
    const single = await postgres();
    await single.stop();
    await single.stop();
    await expect(query(single.primary.port, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

async function reads(port: number, expected: number): Promise<boolean> {
  return (await query(port, `select 1 from seen where value = ${expected}`)).length > 0;
}

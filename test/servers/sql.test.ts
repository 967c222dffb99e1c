import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mariadb, mysql, type SqlGroup, type SqlReplica } from './index.ts';
import { query } from './mysql/connection.ts';

for (const [name, start] of [
  ['mysql', mysql],
  ['mariadb', mariadb],
] as const) {
  await describeWith(name, `a ${name} primary with a GTID replica`, () => {
    let group: SqlGroup<1>;
    let replica: SqlReplica;
    let value = 0;

    beforeAll(async () => {
      group = await start({ replicas: 1 });
      [replica] = group.replicas;
      await query(group.primary.port, 'create table test.seen (value int primary key)');
    });
    afterAll(() => group?.stop());

    const write = async (to = group.primary.port) => {
      value += 1;
      await query(to, `insert into test.seen values (${value})`);
      return value;
    };

    it('copies what the primary commits', async () => {
      const written = await write();
      await replica.caughtUp();
      expect(await reads(replica.port, written)).toBe(true);
    });

    it('lets the application write to the primary only', async () => {
      const { user, password, port } = group.mikroOrmOptions();
      const insert = async (at: number) => {
        const connection = await createConnection({ host: '127.0.0.1', port: at, user, password });
        return connection.query('insert into test.seen values (-1)').finally(() => connection.destroy());
      };
      await insert(port);
      await expect(insert(replica.port)).rejects.toMatchObject({ errno: 1290 });
    });

    it('lags by whole seconds', async () => {
      await replica.lag(1000);
      const written = await write();
      expect(await reads(replica.port, written)).toBe(false);
      await replica.caughtUp();
      expect(await reads(replica.port, written)).toBe(true);
      await replica.lag(0);
    });

    it('answers with old data while its replication is broken, and catches up when it is repaired', async () => {
      await replica.breakReplication();
      const written = await write();
      expect(await reads(replica.port, written)).toBe(false);
      await replica.repairReplication();
      await replica.caughtUp();
      expect(await reads(replica.port, written)).toBe(true);
    });

    it('does not answer while it is paused and goes on when resumed', async () => {
      await replica.pause();
      await expect(query(replica.port, 'select 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
      await replica.resume();
      expect(await query(replica.port, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('keeps what was committed when it is killed, and replicates again', async () => {
      const written = await write();
      await group.primary.kill();
      await expect(query(group.primary.port, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await group.primary.restart();
      expect(await reads(group.primary.port, written)).toBe(true);
      await replica.restart();
      await write();
      await replica.caughtUp();
    });

    it('lets the replica take over, and stay writable', async () => {
      await group.primary.kill();
      await replica.promote();
      await write(replica.port);
      await replica.restart();
      expect(await reads(replica.port, await write(replica.port))).toBe(true);
    });
  });
}

async function reads(port: number, expected: number): Promise<boolean> {
  return (await query(port, `select 1 from test.seen where value = ${expected}`)).length > 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { getReadWriteSplit, isReadWriteSplitError, type ReadWriteSplitOptions } from '@mikro-kit/read-write-split';
import { type MikroORM, RequestContext } from '@mikro-orm/core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mariadb, mysql, until } from '../servers/index.ts';
import { admin } from '../servers/mysql/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, QUICK, startCluster } from './cluster.ts';
import { becomes, statusOf } from './load.ts';

const SELDOM = { intervalMs: 60_000 };

const read = (orm: MikroORM): Promise<unknown> => orm.em.fork().findOneOrFail(City, 1);
const fails = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    error => isReadWriteSplitError(error, 'NO_NODE'),
  );

await describeWith('postgres', 'options of the split on PostgreSQL', () => {
  let servers: Cluster;
  const open = (options: ReadWriteSplitOptions, host = {}): Promise<MikroORM> =>
    openOrm('postgres', servers, options, host);

  beforeAll(async () => {
    servers = await startCluster('postgres');
  });
  afterAll(() => servers?.stop());

  it('a write that a standby refuses is sent again to the node that takes writes, a transaction fails once, in this ORM alone', async () => {
    const { host, port, ...rest } = servers.mikroOrmOptions();
    const [standby, primary] = [servers.replicas[0].port, servers.primary.port];
    const swapped = { ...rest, host, port: standby, replicas: [{ name: 'real', host, port: primary }] };
    await using orm = await open({ probe: SELDOM }, swapped);
    await using other = await open({ probe: SELDOM });
    await read(other);
    await expect(orm.em.fork().transactional(em => em.insert(City, { id: 29, name: 'new' }))).rejects.toMatchObject({
      code: '25006',
    });
    expect(statusOf(orm, 'real')?.role).toBe('primary');
    await orm.em.fork().transactional(em => em.insert(City, { id: 29, name: 'new' }));
    getReadWriteSplit(orm).usePrimary('primary');
    await orm.em.fork().insert(City, { id: 30, name: 'new' });
    expect(statusOf(orm, 'real')?.role).toBe('primary');
    expect(statusOf(other, 'primary')?.role).toBe('primary');
    expect(await other.em.fork().findOne(City, 30, { connectionType: 'write' })).not.toBeNull();
  });

  it('a process ends by itself while probes are idle', async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'ending-process.ts'), JSON.stringify(servers.mikroOrmOptions())],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it("fallback 'fail': without replicas no read is answered, and the primary is left alone", async () => {
    await using orm = await open({ ...QUICK, fallback: 'fail' });
    await read(orm);
    await Promise.all(servers.replicas.map(replica => replica.kill()));
    await Promise.all([becomes(orm, 'replica-0', 'out'), becomes(orm, 'replica-1', 'out')]);
    expect(await fails(read(orm))).toBe(true);
    await Promise.all(servers.replicas.map(replica => replica.restart()));
    await until(async () => !(await fails(read(orm))), { what: 'a read' });
  });

  it('maxStalenessMs: replicas answer for so long while the primary is down, and no longer', async () => {
    await using orm = await open({ ...QUICK, maxStalenessMs: 1_500 });
    await read(orm);
    await servers.primary.kill();
    await becomes(orm, 'primary', 'out');
    await read(orm);
    await until(() => fails(read(orm)), { what: 'replicas to be too old' });
    expect(statusOf(orm, 'replica-0')?.why).toMatch(/^the primary is down, and it was last current \d s ago/);
    await servers.primary.restart();
    await until(async () => !(await fails(read(orm))), { what: 'a read' });
  });
});

await describeWith('mysql', 'MySQL whose GTIDs were turned off', () => {
  it('a request reads from the primary for a while after its write, and that is said once', async () => {
    await using server = await mysql();
    const { host, port } = server.mikroOrmOptions();
    const warnings: string[] = [];
    const own = { ...admin, logger: (line: string) => warnings.push(line), replicas: [{ host, port, ...admin }] };
    await using orm = await openOrm('mysql', server, {}, own);
    await orm.schema.create();
    for (const mode of ['ON_PERMISSIVE', 'OFF_PERMISSIVE', 'OFF']) {
      await orm.em.execute(`set global gtid_mode = ${mode}`);
    }
    await RequestContext.create(orm.em, async () => {
      await orm.em.insert(City, { id: 1, name: 'Oslo' });
      await read(orm);
      await until(() => getReadWriteSplit(orm).explain().includes('sticky for 2000 ms'), { what: 'the first probe' });
    });
    expect(warnings.filter(line => line.includes('goes by time'))).toHaveLength(1);
  });
});

await describeWith('mariadb', 'an account of MariaDB that may do anything', () => {
  it('is warned of, because read_only does not stop its writes', async () => {
    await using servers = await mariadb({ replicas: 1 });
    const warnings: string[] = [];
    const { replicas } = servers.mikroOrmOptions();
    const own = { ...admin, replicas: replicas.map(replica => ({ ...replica, ...admin })) };
    await using orm = await openOrm('mariadb', servers, QUICK, { ...own, logger: line => warnings.push(line) });
    await orm.schema.create();
    await orm.em.fork().find(City, {}, { connectionType: 'write' });
    await expect.poll(() => warnings.join(), { timeout: 20_000 }).toContain('read_only does not stop its writes');
  });
});

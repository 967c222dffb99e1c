import { getHealth, health } from '@mikro-kit/health';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, postgres, type PostgresGroup, until } from '../servers/index.ts';

const TIMEOUT_MS = 400;

await describeWith('postgres', 'the health of an application on PostgreSQL', () => {
  let servers: PostgresGroup<1>;
  let orm: MikroORM;
  const statuses = async (): Promise<string[]> => {
    const { status, checks } = await getHealth(orm).check();
    return [status, ...checks.map(check => `${check.name} ${check.status}`)];
  };

  beforeAll(async () => {
    servers = await postgres({ standbys: 1 });
    orm = await MikroORM.init({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: 1 },
      extensions: [health({ timeoutMs: TIMEOUT_MS })],
      ...servers.mikroOrmOptions(),
    });
  });
  afterAll(async () => {
    await orm?.close(true);
    await servers?.stop();
  });

  it('is up when both nodes answer', async () => {
    expect(await statuses()).toEqual(['up', 'database:primary up', 'database:replica-0 up']);
  });

  it('is degraded when the replica hangs, found out within the deadline, and up again after', async () => {
    await servers.replicas[0].pause();
    const asked = performance.now();
    expect(await statuses()).toEqual(['degraded', 'database:primary up', 'database:replica-0 down']);
    expect(performance.now() - asked).toBeLessThan(TIMEOUT_MS * 3);
    await servers.replicas[0].resume();
    await until(async () => (await statuses())[0] === 'up', { what: 'health after the pause' });
  });

  it('is up although the event loop was busy for longer than the deadline', async () => {
    const report = statuses();
    const busyUntil = performance.now() + TIMEOUT_MS * 1.5;
    while (performance.now() < busyUntil);
    expect((await report)[0]).toBe('up');
  });

  it('is down while the pool is exhausted, for which the database need not be at fault', async () => {
    await orm.em.fork().transactional(async em => {
      await em.execute('select 1');
      expect(await statuses()).toEqual(['down', 'database:primary down', 'database:replica-0 up']);
    });
    await until(async () => (await statuses())[0] === 'up', { what: 'health after the transaction' });
  });

  it('is down when the primary is killed, and says why without a password', async () => {
    await servers.primary.kill();
    const report = await getHealth(orm).check();
    expect(report).toMatchObject({ status: 'down', ready: false, live: true });
    expect(report.checks[0]?.reason).toMatch(/ECONNREFUSED|terminat/);
    expect(JSON.stringify(report)).not.toContain(servers.mikroOrmOptions().password || 'no password');
  });
});

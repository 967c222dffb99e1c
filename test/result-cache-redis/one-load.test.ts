import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { describeWith, postgres, type PostgresGroup, redis, type RedisGroup } from '../servers/index.ts';

/** What a process tells when all of its calls have ended. */
interface Report {
  readonly loads: number;
  readonly selects: number;
  readonly failed: number;
  readonly answered: number;
}

/** How many leases a slow load takes, in `loading-process.ts`, and one: the loads that can begin in each process. */
const SLOW_LOADS = 5 + 1;

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });

await describeWith('redis', 'a thousand misses at once in each of three processes', () => {
  let servers: { redis: RedisGroup; postgres: PostgresGroup };
  beforeAll(async () => {
    servers = { redis: await redis(), postgres: await postgres() };
    const orm = await MikroORM.init({ ...servers.postgres.mikroOrmOptions(), entities: [City] });
    await orm.schema.create();
    await orm.em.fork().insert(City, { id: 1, name: 'Oslo' });
    await orm.close();
  });
  afterAll(async () => void (await Promise.all([servers?.redis.stop(), servers?.postgres.stop()])));

  /** Starts a process for each ending, and lets them go at once. */
  async function start(...endings: string[]): Promise<ChildProcess[]> {
    const prefix = `${randomUUID()}:`;
    const processes = endings.map(ending => {
      const args = [servers.redis.primary.url, servers.postgres.primary.url, prefix, ending];
      const child = fork(join(import.meta.dirname, 'loading-process.ts'), args);
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    });
    await Promise.all(processes.map(child => once(child, 'message')));
    return processes;
  }

  it('make one load altogether of a function', async () => {
    const reports = await goTogether(await start('well', 'well', 'well'));
    expect(reports.map(({ answered }) => answered)).toEqual([1_000, 1_000, 1_000]);
    expect(reports.reduce((sum, { loads }) => sum + loads, 0)).toBe(1);
  });

  it('make one select altogether of a find', async () => {
    const reports = await goTogether(await start('found', 'found', 'found'));
    expect(reports.map(({ answered }) => answered)).toEqual([1_000, 1_000, 1_000]);
    expect(reports.reduce((sum, { selects }) => sum + selects, 0)).toBe(1);
  });

  it('are all answered when the process that loads is killed', async () => {
    const [doomed, ...others] = await start('killed', 'well', 'well');
    if (!doomed) throw new Error('It was started.');
    doomed.send('go');
    await once(doomed, 'message');
    const reports = await goTogether(others);
    expect(reports.map(({ answered }) => answered)).toEqual([1_000, 1_000]);
    expect(reports.reduce((sum, { loads }) => sum + loads, 0)).toBe(1);
  });

  it('are all answered by a load that takes longer than its lease, though a few more begin', async () => {
    const reports = await goTogether(await start('slow', 'slow', 'slow'));
    expect(reports.map(({ answered }) => answered)).toEqual([1_000, 1_000, 1_000]);
    expect(reports.reduce((sum, { loads }) => sum + loads, 0)).toBeLessThanOrEqual(3 * SLOW_LOADS);
  });

  it('all end when loads fail: who waited for one that failed loads for itself', async () => {
    const reports = await goTogether(await start('thrown', 'thrown', 'thrown'));
    expect(reports.map(({ failed }) => failed)).toEqual([1_000, 1_000, 1_000]);
  });
});

async function goTogether(processes: readonly ChildProcess[]): Promise<Report[]> {
  const reports = processes.map(reportOf);
  for (const child of processes) child.send('go');
  return Promise.all(reports);
}

async function reportOf(child: ChildProcess): Promise<Report> {
  for (;;) {
    const [message] = await once(child, 'message');
    if (isReport(message)) return message;
  }
}

function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'answered' in message;
}

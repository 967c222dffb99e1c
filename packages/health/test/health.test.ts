import { stat } from 'node:fs/promises';

import { getHealth, health, type HealthCheck, type HealthMonitor, type HealthStatus } from '@mikro-kit/health';
import { MikroORM } from '@mikro-orm/sqlite';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import { openOrm, whileExhausted } from './open-orm.ts';

const missing = { dbName: '/nowhere/at/all.db' };
const orms: MikroORM[] = [];

function open(...args: Parameters<typeof openOrm>): { orm: MikroORM; monitor: HealthMonitor } {
  const orm = openOrm(...args);
  orms.push(orm);
  return { orm, monitor: getHealth(orm) };
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(orms.splice(0).map(orm => orm.close()));
});

describe('registration', () => {
  it('keeps two ORMs apart', () => {
    expect(open().monitor).not.toBe(open().monitor);
  });

  it('says how to register when it is not', () => {
    const orm = new MikroORM({ dbName: ':memory:', entities: [], discovery: { warnWhenNoEntities: false } });
    orms.push(orm);
    expect(() => getHealth(orm)).toThrow(
      expect.objectContaining({
        name: 'HealthError',
        code: 'NOT_REGISTERED',
        message: expect.stringContaining('extensions'),
      }),
    );
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses a deadline of %s ms', timeoutMs => {
    expect(() => health({ timeoutMs })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('opens no connection by itself', async () => {
    const { orm } = open();
    expect(await orm.checkConnection()).toEqual({ ok: false, reason: 'Connection not established' });
  });

  it('is of the type that the host asks for', () => {
    expectTypeOf(health).returns.toExtend<{ register(orm: MikroORM): void }>();
  });
});

describe('the database', () => {
  it('is up at the first question, although nothing was connected before', async () => {
    const report = await open().monitor.check();
    expect(report).toEqual({
      status: 'up',
      live: true,
      ready: true,
      checks: [
        {
          name: 'database:primary',
          status: 'up',
          critical: true,
          durationMs: expect.any(Number),
          checkedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    });
  });

  it('is down, and the application not ready, when the primary cannot be opened', async () => {
    const { monitor } = open({}, missing);
    expect(await monitor.check()).toMatchObject({
      status: 'down',
      live: true,
      ready: false,
      checks: [{ status: 'down', reason: expect.stringContaining('directory does not exist') }],
    });
  });

  it('is asked on each replica, and one that is down only degrades', async () => {
    const { monitor } = open(
      {},
      { replicas: [{ driverOptions: { dbName: ':memory:' } }, { name: 'oslo', driverOptions: missing }] },
    );
    const report = await monitor.check();
    expect(report).toMatchObject({ status: 'degraded', ready: true });
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual([
      ['database:primary', 'up'],
      ['database:replica-0', 'up'],
      ['database:oslo', 'down'],
    ]);
  });

  it('is down within the deadline when the pool is exhausted, and up again afterwards', async () => {
    const { orm, monitor } = open({ timeoutMs: 20 });
    await whileExhausted(orm, async () => {
      const { checks } = await monitor.check();
      expect(checks[0]).toMatchObject({ status: 'down', reason: expect.stringMatching(/^No answer within 20 ms/) });
    });
    await vi.waitFor(async () => expect(await monitor.check()).toMatchObject({ status: 'up' }));
  });

  it('is not closed under a check that is under way', async () => {
    const { orm, monitor } = open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    monitor.add('queue', () => promise);
    void monitor.check();
    let closed = false;
    const closing = orm.close().then(() => (closed = true));
    await new Promise(resolved => setImmediate(resolved));
    expect(closed).toBe(false);
    resolve(undefined);
    await closing;
    expect(monitor.last()).toMatchObject({ status: 'up' });
  });

  it('is not connected again by a check after orm.close()', async () => {
    const { orm, monitor } = open();
    await monitor.check();
    await orm.close();
    expect(await monitor.check()).toMatchObject({ status: 'down', checks: [{ reason: 'Connection not established' }] });
  });

  it('is checked as before after orm.reconnect()', async () => {
    const { orm, monitor } = open();
    await monitor.check();
    await orm.reconnect();
    expect(await monitor.check()).toMatchObject({ status: 'up' });
  });
});

describe('a check', () => {
  it('is never asked twice at a time: late callers share the answer', async () => {
    const { monitor } = open();
    const check = vi.fn<HealthCheck>(async () => undefined);
    monitor.add('queue', check);
    await Promise.all([monitor.check(), monitor.check(), monitor.check()]);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('that hangs is not asked again until it has answered', async () => {
    const { monitor } = open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const check = vi.fn<HealthCheck>(() => promise);
    monitor.add('queue', check, { timeoutMs: 5 });
    await monitor.check();
    expect(await monitor.check()).toMatchObject({ status: 'down', ready: false });
    expect(check).toHaveBeenCalledTimes(1);
    resolve(undefined);
    expect(await monitor.check()).toMatchObject({ status: 'up' });
    await monitor.check();
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('is told by its signal that its deadline has passed', async () => {
    const { monitor } = open();
    const told = Promise.withResolvers<string>();
    const hang = (signal: AbortSignal): Promise<undefined> => {
      signal.addEventListener('abort', () => told.resolve('aborted'));
      return new Promise(() => {});
    };
    monitor.add('queue', hang, { timeoutMs: 5 });
    await monitor.check();
    expect(await told.promise).toBe('aborted');
  });

  it('that was answered while the event loop was busy is not late', async () => {
    const { monitor } = open();
    monitor.add('disk', async () => void (await stat('.')), { timeoutMs: 10 });
    const report = monitor.check();
    const busyUntil = performance.now() + 50;
    while (performance.now() < busyUntil);
    expect(await report).toMatchObject({ status: 'up' });
  });

  const findings: [gives: string, check: HealthCheck, status: HealthStatus, reason?: string][] = [
    ['nothing', () => undefined, 'up'],
    ['degraded', () => ({ status: 'degraded', reason: 'Queue is long' }), 'degraded', 'Queue is long'],
    ['down', () => ({ status: 'down', reason: 'Queue is gone' }), 'down', 'Queue is gone'],
    ['an error', () => Promise.reject(new Error('Queue\n  is broken')), 'down', 'Queue is broken'],
    [
      'a host refusing on every address',
      () => Promise.reject(new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')])),
      'down',
      'refused ::1; refused 127.0.0.1',
    ],
  ];

  it.each(findings)('that gives %s is understood', async (_name, check, status, reason) => {
    const { monitor } = open();
    monitor.add('queue', check);
    const report = await monitor.check();
    expect([report.status, report.checks[1]?.status, report.checks[1]?.reason]).toEqual([status, status, reason]);
  });

  it('that answers something else is down, not up', async () => {
    const { monitor } = open();
    // @ts-expect-error not an answer, but JavaScript can give it
    monitor.add('queue', () => false);
    expect(await monitor.check()).toMatchObject({ status: 'down' });
  });

  it('that is not critical only degrades', async () => {
    const { monitor } = open();
    monitor.add('mail', () => Promise.reject(new Error('away')), { critical: false });
    expect(await monitor.check()).toMatchObject({ status: 'degraded', ready: true });
  });

  it('can be the health of another ORM', async () => {
    const [{ monitor }, { monitor: other }] = [open(), open({}, missing)];
    monitor.add('other', () => other.check());
    const { status, checks } = await monitor.check();
    expect([status, checks.map(check => [check.name, check.status])]).toEqual([
      'down',
      [
        ['database:primary', 'up'],
        ['other', 'down'],
      ],
    ]);
  });

  it('can be removed, and its name used again', async () => {
    const { monitor } = open();
    const remove = monitor.add('queue', () => undefined);
    expect(() => monitor.add('queue', () => undefined)).toThrow(expect.objectContaining({ code: 'DUPLICATE_CHECK' }));
    remove();
    monitor.add('queue', () => undefined);
    remove();
    expect((await monitor.check()).checks).toHaveLength(2);
  });
});

describe('a reason', () => {
  it.each([
    ['connect mongodb://root:hunter2@db:27017 failed', 'connect mongodb://***@db:27017 failed'],
    ['bad dsn host=db password=other user=app', 'bad dsn host=db password=*** user=app'],
    ['config {"password":"other"} is bad', 'config {"password":***} is bad'],
    ['PGPASSWORD=other is set', 'PGPASSWORD=*** is set'],
    ['apikey=k1, api_key: k2', 'apikey=***, api_key: ***'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: ***'],
    ['got 401 for Bearer abc.def-ghi', 'got 401 for Bearer ***'],
    ['bold \u001B[1mtext\u0007 and \u202Ereversed', 'bold  [1mtext  and  reversed'],
    ['login with hunter2 refused', 'login with *** refused'],
    ['login with s3 cret refused', 'login with *** refused'],
    ['login with s3%20cret refused', 'login with *** refused'],
  ])('of %j shows no credentials', async (message, shown) => {
    const { monitor } = open(
      {},
      {
        password: 'hunter2',
        replicas: [{ clientUrl: 'mysql://app:s3%20cret@db/app', driverOptions: { dbName: ':memory:' } }],
      },
    );
    monitor.add('queue', () => Promise.reject(new Error(message)));
    const { checks } = await monitor.check();
    expect(checks.at(-1)?.reason).toBe(shown);
  });
});

describe('periodic checks', () => {
  it('keep the last known state, which is undefined before the first', async () => {
    const { monitor } = open();
    expect(monitor.last()).toBeUndefined();
    monitor.start();
    await vi.waitFor(() => expect(monitor.last()).toMatchObject({ status: 'up' }));
  });

  it('come again after the interval, however often they are started, until they are stopped', async () => {
    const { monitor } = open({ intervalMs: 1_000 });
    const check = vi.fn<HealthCheck>(() => undefined);
    monitor.add('queue', check);
    vi.useFakeTimers();
    monitor.start();
    monitor.start();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(check).toHaveBeenCalledTimes(3);
    await monitor.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check).toHaveBeenCalledTimes(3);
  });

  it('never overlap: the interval counts from the end of a round', async () => {
    const { monitor } = open({ intervalMs: 1_000, timeoutMs: 60_000 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const check = vi.fn<HealthCheck>(() => promise);
    monitor.add('queue', check);
    vi.useFakeTimers();
    monitor.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check).toHaveBeenCalledTimes(1);
    resolve(undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('stop when the ORM is closed, and cannot be started again', async () => {
    const { orm, monitor } = open({ intervalMs: 1_000 });
    const check = vi.fn<HealthCheck>(() => undefined);
    monitor.add('queue', check);
    vi.useFakeTimers();
    monitor.start();
    await orm.close();
    monitor.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('resolve stop() only when a running round is over', async () => {
    const { monitor } = open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    monitor.add('queue', () => promise);
    monitor.start();
    const stopped = monitor.stop();
    expect(monitor.last()).toBeUndefined();
    resolve(undefined);
    await stopped;
    expect(monitor.last()).toMatchObject({ status: 'up' });
  });
});

it('asks nothing and says so while it is switched off', async () => {
  const { monitor } = open({ enabled: false }, missing);
  expect(await monitor.check()).toMatchObject({
    status: 'up',
    ready: true,
    checks: [{ reason: 'Health checks are switched off' }],
  });
  monitor.enabled = true;
  expect(await monitor.check()).toMatchObject({ status: 'down' });
});

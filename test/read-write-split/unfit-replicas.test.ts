import dns from 'node:dns';
import { createServer, type Server } from 'node:net';

import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/sql';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { describeWith, faultProxy, until } from '../servers/index.ts';
import { query as askMysql } from '../servers/mysql/connection.ts';
import { query } from '../servers/postgres/connection.ts';
import { City } from '../statement-tap/cities.ts';
import { type Cluster, openOrm, type Product, QUICK, startCluster } from './cluster.ts';
import { becomes, recordEvents, startLoad, statusOf } from './load.ts';

/** An ORM whose first replica has another port, and is asked first. */
function openWith(product: Product, servers: Cluster, port: number, options = {}): Promise<MikroORM> {
  const replicas = servers.mikroOrmOptions().replicas.map((own, at) => (at === 0 ? { ...own, port } : own));
  return openOrm(product, servers, { ...QUICK, balance: 'round-robin', ...options }, { replicas });
}

const read = (orm: MikroORM): Promise<unknown> => orm.em.fork().findOneOrFail(City, 1);

for (const product of ['postgres', 'mysql'] as const) {
  await describeWith(product, `replicas that cannot answer, of ${product}`, () => {
    let servers: Cluster;

    beforeAll(async () => {
      servers = await startCluster(product);
    });
    afterAll(() => servers?.stop());

    it.each<[who: string, says: Buffer]>([
      ['an HTTP server', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['a Redis', Buffer.from('-ERR unknown command\r\n')],
      ['one that sends zeros', Buffer.alloc(64)],
    ])('%s at the address of one fails no read', async (_, says) => {
      const { port, close } = await stranger(says);
      await using orm = await openWith(product, servers, port, { connectTimeoutMs: 300 });
      for (let n = 0; n < 4; n++) await expect(read(orm)).resolves.toMatchObject({ id: 1 });
      await becomes(orm, 'replica-0', 'out');
      close();
    });

    it('one that takes longer to answer probes than a second is in when that is allowed', async () => {
      await using proxy = await faultProxy(servers.replicas[0]);
      await using orm = await openWith(product, servers, proxy.port, {
        probe: { intervalMs: 200, timeoutMs: 20_000 },
        connectTimeoutMs: 20_000,
        maxLagMs: 60_000,
      });
      const events = recordEvents(orm);
      proxy.latency(600);
      await read(orm);
      await until(() => typeof statusOf(orm, 'replica-0')?.lagMs === 'number', { what: 'a probe of replica-0' });
      expect(events).toEqual([]);
      proxy.heal();
    });

    it('ones whose names are not resolved for long fail no read, and are in when that is over', async () => {
      const resolve = dns.lookup;
      const waiting: (() => unknown)[] = [];
      let isSlow = true;
      Reflect.set(dns, 'lookup', (name: string, ...rest: unknown[]): unknown => {
        if (!name.startsWith('replica-')) return Reflect.apply(resolve, dns, [name, ...rest]);
        const answer = (): unknown => Reflect.apply(resolve, dns, ['127.0.0.1', ...rest]);
        return isSlow ? waiting.push(answer) : answer();
      });
      onTestFinished(() => void Reflect.set(dns, 'lookup', resolve));
      const replicas = servers.mikroOrmOptions().replicas.map((own, at) => ({ ...own, host: `replica-${at}.test` }));
      await using orm = await openOrm(product, servers, QUICK, { replicas });
      await using load = startLoad(orm);
      await load.goesOn(100, 1);
      await Promise.all([becomes(orm, 'replica-0', 'out'), becomes(orm, 'replica-1', 'out')]);
      isSlow = false;
      for (const answer of waiting.splice(0)) answer();
      await Promise.all([becomes(orm, 'replica-0', 'in'), becomes(orm, 'replica-1', 'in')]);
      await load.goesOn(100, 1);
      expect(load.failedReads).toEqual([]);
    });

    it('silence ends with an error that says what to do, where nothing is sent elsewhere', async () => {
      await using orm = await openOrm(product, servers, { ...QUICK, retry: false });
      const onFirst = <T>(work: () => Promise<T>): Promise<T> => getReadWriteSplit(orm).onNode('replica-0', work);
      await onFirst(() => read(orm));
      const reading = onFirst(() =>
        orm.em.fork().transactional(
          async em => {
            await servers.replicas[0].pause();
            await em.findOneOrFail(City, 1);
          },
          { readOnly: true },
        ),
      );
      const says = { code: 'NO_NODE', message: expect.stringMatching(/^replica-0 fell silent\. .* yours to repeat/) };
      await expect(reading).rejects.toMatchObject(says);
      await servers.replicas[0].resume();
      await becomes(orm, 'replica-0', 'in');
    });
  });
}

await describeWith('mysql', 'a replica of MySQL that its operator has taken offline', () => {
  it('answers no reads, fails none, and is back when it is online', async () => {
    await using servers = await startCluster('mysql');
    await using orm = await openOrm('mysql', servers, QUICK, { logger: () => undefined });
    await using load = startLoad(orm);
    await load.goesOn(100, 1);
    const { port } = servers.replicas[0];
    await askMysql(port, 'set global offline_mode = on');
    await becomes(orm, 'replica-0', 'out');
    await load.goesOn(100, 1);
    await askMysql(port, 'set global offline_mode = off');
    await becomes(orm, 'replica-0', 'in');
    expect(load.failedReads).toEqual([]);
  });
});

await describeWith('postgres', 'a replica of PostgreSQL that has no room for what a query needs', () => {
  const SORTED =
    'select count(*) from (select repeat(md5(g::text), 9) r from generate_series(1, 99000) g order by r) s';

  it('leaves it to another node, and is not ejected; what no node has room for fails with its own error', async () => {
    await using servers = await startCluster('postgres');
    await limit(servers.replicas);
    await using orm = await openOrm('postgres', servers, QUICK);
    const events = recordEvents(orm);
    const sort = (): Promise<unknown> =>
      getReadWriteSplit(orm).read(() => orm.em.fork().getConnection('read').execute(SORTED));
    expect(await sort()).toEqual([{ count: '99000' }]);
    await limit([servers.primary]);
    await expect(sort()).rejects.toMatchObject({ code: '53400' });
    expect(events).toEqual([]);
  });
});

/** Has servers of PostgreSQL keep 64 kB of temporary files for each query. */
async function limit(nodes: readonly { readonly port: number }[]): Promise<void> {
  for (const { port } of nodes) {
    await query(port, "alter system set temp_file_limit = '64kB'");
    await query(port, 'select pg_reload_conf()');
    const shown = async (): Promise<unknown> => (await query(port, 'show temp_file_limit'))[0];
    await until(async () => JSON.stringify(await shown()).includes('64kB'), { what: 'the limit' });
  }
}

/** A server of something else, which says the same to everybody, at once and to whatever it hears. */
async function stranger(says: Buffer): Promise<{ readonly port: number; readonly close: () => void }> {
  const server: Server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(says));
    socket.write(says);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => void server.close() };
}

import { getReadWriteSplit, type ReadWriteSplit } from '@mikro-kit/read-write-split';
import { type MikroORM, RequestContext } from '@mikro-orm/core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { type Cluster, Note, openOrm, products, startCluster } from './causal/products.ts';
import { type Reader, type Response, startReader } from './causal/reader-process.ts';

const ROUNDS = 1_000;
const READERS = 50;

const misses = (responses: readonly Response[]): Response[] => responses.filter(({ isFound }) => !isFound);
const share = (responses: readonly Response[], node: RegExp): number =>
  responses.filter(response => node.test(response.node)).length / responses.length;

for (const product of products) {
  await describeWith(product, `causal reads on ${product}`, () => {
    let cluster: Cluster;
    let orm: MikroORM;
    let split: ReadWriteSplit;
    let reader: Reader;
    let lastId = 0;

    /** Writes a note in a request of its own and gives the token for it. */
    const write = (): Promise<{ id: number; token: string | undefined }> =>
      RequestContext.create(orm.em, async () => {
        const id = ++lastId;
        await orm.em.insert(Note, { id });
        return { id, token: await split.token() };
      });
    const rounds = async (count: number): Promise<Response[]> => {
      const responses: Response[] = [];
      for (let n = 0; n < count; n++) responses.push(await reader.read(await write()));
      return responses;
    };
    beforeAll(async () => {
      cluster = await startCluster(product);
      orm = await openOrm(product, cluster.mikroOrmOptions(), { maxLagMs: 10_000 });
      await orm.schema.create();
      await Promise.all(cluster.replicas.map(replica => replica.caughtUp()));
      split = getReadWriteSplit(orm);
      reader = await startReader({ product, where: cluster.mikroOrmOptions(), options: { maxLagMs: 10_000 } });
    });
    afterAll(async () => {
      await reader?.[Symbol.asyncDispose]();
      await orm?.close(true);
      await cluster?.[Symbol.asyncDispose]();
    });

    it('another process misses none of a thousand writes, and asks replicas for most', async () => {
      const responses = await rounds(ROUNDS);
      expect(misses(responses)).toEqual([]);
      expect(share(responses, /^replica/)).toBeGreaterThan(0.5);
    });

    it('another process misses nothing while replicas are three seconds behind, as the primary answers', async () => {
      await Promise.all(cluster.replicas.map(replica => replica.lag(3_000)));
      const responses = await rounds(100);
      await Promise.all(cluster.replicas.map(replica => replica.lag(0)));
      expect(misses(responses)).toEqual([]);
      expect(share(responses, /^primary$/)).toBe(1);
    });

    it('fifty readers in another process never read anything older than their token', async () => {
      const responses: Response[] = [];
      let newest = await write();
      const end = newest.id + 500;
      const read = async (): Promise<void> => {
        while (newest.id < end) responses.push(await reader.read(newest));
      };
      const writeOn = async (): Promise<void> => {
        while (newest.id < end) newest = await write();
      };
      await Promise.all([writeOn(), ...Array.from({ length: READERS }, read)]);
      expect(responses.length).toBeGreaterThan(READERS);
      expect(misses(responses)).toEqual([]);
    });

    it('a request sees what it wrote, whatever way it wrote it, from the primary while replicas stand still', async () => {
      await Promise.all(cluster.replicas.map(replica => replica.breakReplication()));
      const seen = await RequestContext.create(orm.em, async () => {
        const ids = Array.from({ length: 4 }, () => ++lastId);
        const [inserted = 0, flushed = 0, nested = 0, raw = 0] = ids;
        const find = async (id: number): Promise<boolean> => (await orm.em.fork().findOne(Note, id)) !== null;
        await orm.em.insert(Note, { id: inserted });
        const found = [await find(inserted)];
        orm.em.create(Note, { id: flushed, text: '' });
        await orm.em.flush();
        found.push(await find(flushed));
        await orm.em.transactional(outer => outer.transactional(inner => inner.insert(Note, { id: nested })));
        found.push(await find(nested));
        await orm.em.getConnection('write').execute("insert into note (id, text) values (?, '')", [raw]);
        return [...found, await find(raw)];
      });
      await Promise.all(cluster.replicas.map(replica => replica.repairReplication()));
      expect(seen).toEqual([true, true, true, true]);
    });

    it('a request that wrote nothing, or rolled it back, has no token', async () => {
      const tokens = await RequestContext.create(orm.em, async () => {
        await orm.em.find(Note, {}, { limit: 1 });
        const reading = await split.token();
        await orm.em
          .transactional(async tx => {
            await tx.insert(Note, { id: ++lastId });
            throw new Error('rolled back');
          })
          .catch(() => undefined);
        return [reading, await split.token()];
      });
      expect(tokens).toEqual([undefined, undefined]);
    });

    it('a token is reached by a replica when it has caught up, and not before', async () => {
      await cluster.replicas[0].breakReplication();
      const { token = '' } = await write();
      expect(await split.reached('replica-0', token)).toBe(false);
      expect(await split.reached('primary', token)).toBe(true);
      await cluster.replicas[0].repairReplication();
      await cluster.replicas[0].caughtUp();
      expect(await split.reached('replica-0', token)).toBe(true);
    });

    it('fresh() misses nothing that another process has committed, from a replica as soon as one has it', async () => {
      await using other = await openOrm(product, cluster.mikroOrmOptions());
      const nodes: string[] = [];
      const stop = split.on('routed', ({ node }) => nodes.push(node));
      const find = (id: number): Promise<unknown> =>
        RequestContext.create(orm.em, () => split.fresh(() => orm.em.findOne(Note, id)));
      for (let left = 50; left > 0; left--) {
        const id = ++lastId;
        await other.em.fork().insert(Note, { id });
        expect(await find(id)).not.toBeNull();
      }
      await until(async () => (await find(lastId)) && nodes.at(-1)?.startsWith('replica'), {
        what: 'a current replica',
      });
      await Promise.all(cluster.replicas.map(replica => replica.breakReplication()));
      await other.em.fork().insert(Note, { id: ++lastId });
      expect([await find(lastId), nodes.at(-1)]).toEqual([expect.anything(), 'primary']);
      await Promise.all(cluster.replicas.map(replica => replica.repairReplication()));
      stop();
    });

    it("mode 'wait' waits for a replica, and once in a request for one that stands still, where 'fast' asks the primary", async () => {
      const options = { maxLagMs: Infinity, probe: { intervalMs: 60_000 } };
      const where = cluster.mikroOrmOptions();
      await using fast = await openOrm(product, where, options);
      await using patient = await openOrm(product, where, { ...options, mode: 'wait', waitMs: 10_000 });
      await using brief = await openOrm(product, where, { ...options, mode: 'wait', waitMs: 400 });
      const answer = async (by: MikroORM, { id, token }: Awaited<ReturnType<typeof write>>, times: number) => {
        const nodes: string[] = [];
        const stop = getReadWriteSplit(by).on('routed', ({ node }) => nodes.push(node.replace(/\d$/, 'n')));
        const started = performance.now();
        await RequestContext.create(by.em, () =>
          getReadWriteSplit(by).withToken(token, async () => {
            for (let left = times; left > 0; left--) expect(await by.em.fork().findOne(Note, id)).not.toBeNull();
          }),
        );
        stop();
        return { nodes, ms: performance.now() - started };
      };
      await Promise.all(cluster.replicas.map(replica => replica.lag(1_000)));
      const late = await write();
      const [asked, waited] = await Promise.all([answer(fast, late, 1), answer(patient, late, 2)]);
      expect([asked.nodes, waited.nodes]).toEqual([['primary'], ['replica-n', 'replica-n']]);
      await Promise.all(cluster.replicas.map(replica => replica.breakReplication()));
      const { nodes, ms } = await answer(brief, await write(), 5);
      await Promise.all(cluster.replicas.map(replica => replica.repairReplication()));
      await Promise.all(cluster.replicas.map(replica => replica.lag(0)));
      expect(nodes).toEqual(Array(5).fill('primary'));
      expect(ms).toBeGreaterThan(390);
      expect(ms).toBeLessThan(4 * 400);
    });

    it('a token of another database is refused, and so is what is no token', async () => {
      const tokens: Record<string, string> = {
        postgres: tokenOf('1 1/0/1 1 0'),
        mysql: tokenOf('1 3e11fa47-71ca-11e1-9e33-c80aa9429562:1 3e11fa47-71ca-11e1-9e33-c80aa9429562 0'),
        mariadb: tokenOf('1 0-1-1 c29tZSBvdGhlciBzZXJ2ZXI= 0'),
      };
      await split.reached('primary', (await write()).token ?? '');
      const explain = (token: string): string => {
        try {
          return split.withToken(token, () => split.explain());
        } catch (error) {
          return String(error);
        }
      };
      const others = products.filter(other => other !== product).map(other => explain(tokens[other] ?? ''));
      expect(others).toEqual(others.map(() => expect.stringContaining('it is of another database')));
      const own = product === 'mariadb' ? 'primary: its token asks for the primary' : 'it is of another cluster';
      expect(explain(tokens[product] ?? '')).toContain(own);
      expect(explain("'; drop table note; --")).toContain('it is not one');
    });

    it('a token is small', async () => {
      const { token: text = '' } = await write();
      expect(text.length).toBeLessThan(200);
    });
  });
}

function tokenOf(text: string): string {
  return Buffer.from(text).toString('base64url');
}

import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import { expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { Note, openOrm, products, startCluster } from './causal/products.ts';

for (const product of products) {
  await describeWith(product, `tokens through a promotion on ${product}`, () => {
    it('what survived is read by a token from before, and replicas answer for tokens of the new primary', async () => {
      await using cluster = await startCluster(product);
      const [heir, other] = cluster.replicas;
      const orm = await openOrm(product, cluster.mikroOrmOptions(), {
        probe: { intervalMs: 100 },
        eject: { minMs: 100, maxMs: 500 },
      });
      try {
        await orm.schema.create();
        const split = getReadWriteSplit(orm);
        let lastId = 0;
        const write = (): Promise<{ id: number; token: string | undefined }> =>
          RequestContext.create(orm.em, async () => {
            const id = ++lastId;
            await orm.em.insert(Note, { id });
            return { id, token: await split.token() };
          });
        const isRead = ({ id, token }: Awaited<ReturnType<typeof write>>): Promise<boolean> =>
          RequestContext.create(orm.em, () =>
            split.withToken(token, async () => (await orm.em.findOne(Note, id)) !== null),
          );

        const before = await write();
        await Promise.all([heir.caughtUp(), other.caughtUp()]);
        expect(await isRead(before)).toBe(true);
        await until(() => split.nodes().every(({ lagMs }) => lagMs !== 'unknown'), {
          what: 'a probe to have seen each node as what it is',
        });

        const promoted = new Promise(resolve => split.on('promoted', resolve));
        await cluster.primary.kill();
        await heir.promote();
        await other.follow(heir);
        await promoted;
        expect(await isRead(before)).toBe(true);

        const after = await until(write, { what: 'a write on the new primary' });
        expect(await isRead(after)).toBe(true);
        await other.caughtUp();
        await until(() => split.reached('replica-1', after.token ?? ''), { what: 'replica-1 to reach a new token' });
        expect(await isRead(before)).toBe(true);
      } finally {
        await orm.close(true);
      }
    });
  });
}

import { causalCookie, type CausalCookieOptions } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, postgres, type PostgresGroup } from '../servers/index.ts';
import { openOrm } from './causal/products.ts';
import { frameworks, type Serve } from './cookie/frameworks.ts';
import { type Served, shopOn } from './cookie/shop.ts';

const options: CausalCookieOptions = { secret: 'a secret of enough characters' };
let lastId = 0;

await describeWith('postgres', 'the cookie of consistency tokens', () => {
  let servers: PostgresGroup<1>;
  let orm: MikroORM;

  beforeAll(async () => {
    servers = await postgres({ standbys: 1 });
    orm = await openOrm('postgres', servers.mikroOrmOptions());
    await orm.schema.create();
    await servers.replicas[0].caughtUp();
  });
  afterAll(async () => {
    await orm?.close(true);
    await servers?.stop();
  });

  for (const [name, serve] of Object.entries(frameworks)) {
    describe(`on ${name}`, () => {
      let served: Served;
      const send = (path: string, cookie?: string): Promise<Response> =>
        fetch(`${served.url}${path}`, {
          method: path === '/where' ? 'GET' : 'POST',
          headers: {
            ...(cookie !== undefined && { cookie }),
            ...(path !== '/where' && { 'content-type': 'application/json' }),
          },
          ...(path !== '/where' && { body: '{}' }),
        });
      const where = async (cookie?: string): Promise<string> => (await send('/where', cookie)).text();

      beforeAll(async () => {
        served = await serve(shopOn(orm), causalCookie(options));
      });
      afterAll(() => served?.close());

      it('tells the next request of a write, and is set by no other', async () => {
        const response = await send(`/write/${++lastId}`);
        expect(await response.text()).toContain('primary: wrote');
        const [set = '', ...others] = response.headers.getSetCookie();
        expect(others).toEqual([]);
        expect(set).toMatch(/^mikro-causal=[\w.-]+; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
        expect(await where(cookieIn(response))).toMatch(/must (be seen|see)/);
        expect(await where()).toMatch(/^replica-0: /);
        expect((await send('/where', cookieIn(response))).headers.getSetCookie()).toEqual([]);
      });

      it('is set before a stream begins, which arrives whole', async () => {
        const response = await send(`/stream/${++lastId}`);
        expect(await response.text()).toBe('one two');
        expect(await where(cookieIn(response))).toMatch(/must (be seen|see)/);
      });

      it('is set on the answer of a handler that failed after its write', async () => {
        const response = await send(`/fail/${++lastId}`);
        expect(response.status).toBe(500);
        await response.text();
        expect(await where(cookieIn(response))).toMatch(/must (be seen|see)/);
      });

      it('keeps concurrent requests apart', async () => {
        const responses = await Promise.all(
          Array.from({ length: 20 }, (_, n) => send(n % 2 === 0 ? `/write/${++lastId}` : '/where')),
        );
        const set = responses.map(response => response.headers.getSetCookie().length);
        expect(set).toEqual(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 1 : 0)));
      });

      it.each([
        ['garbage', 'mikro-causal=garbage'],
        ['one of another secret', async () => otherSecret(serve, orm)],
        ['ten kilobytes', `mikro-causal=${'x'.repeat(10_000)}`],
        ['a signature alone', 'mikro-causal=a.b.AAAAAAAAAAAAAAAAAAAAAA'],
      ])('passes over %s', async (_, given) => {
        const cookie = typeof given === 'string' ? given : await given();
        expect(await where(cookie)).toMatch(/^replica-0: (?!.*must)/);
      });
    });
  }
});

function cookieIn(response: Response): string {
  return (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
}

/** The cookie of an application that has another secret. */
async function otherSecret(serve: Serve, orm: MikroORM): Promise<string> {
  const other = await serve(shopOn(orm), causalCookie({ secret: 'another secret of enough characters' }));
  const response = await fetch(`${other.url}/write/${++lastId}`, { method: 'POST' });
  await response.text();
  await other.close();
  return cookieIn(response);
}

import type { MikroORM } from '@mikro-orm/core';

import { getReadWriteSplit } from '../read-write-split.ts';
import { type CausalCookieOptions, resolveCookieOptions } from './cookie-options.ts';
import { CookieSession } from './cookie-session.ts';
import { type FastifyPlugin, fastifyPlugin } from './fastify-plugin.ts';
import { type HonoMiddleware, honoMiddleware } from './hono-middleware.ts';
import { type NodeMiddleware, nodeMiddleware } from './node-middleware.ts';

/** Carries what a user must see from one request to the next, in a signed cookie. */
export interface CausalCookie {
  /** `app.use(cookie.express(orm))`, before the routes. */
  express(orm: MikroORM): NodeMiddleware;
  /** `app.use(cookie.nest(orm))`, or `consumer.apply(cookie.nest(orm)).forRoutes('*')`; on either of Nest's platforms. */
  nest(orm: MikroORM): NodeMiddleware;
  /** `fastify.register(cookie.fastify(orm))`, before the routes. */
  fastify(orm: MikroORM): FastifyPlugin;
  /** `app.use(cookie.hono(orm))`, before the routes. */
  hono(orm: MikroORM): HonoMiddleware;
}

/**
 * The cookie of a user's consistency token: set by a request that wrote, read by those that follow in any process with
 * the same secret. A cookie that is missing, forged or older than `maxAgeMs` is as none.
 *
 * Each of its functions throws a ReadWriteSplitError `NOT_REGISTERED` for an ORM without the extension.
 *
 * @throws ReadWriteSplitError `INVALID_OPTION`
 */
export function causalCookie(options: CausalCookieOptions): CausalCookie {
  const resolved = resolveCookieOptions(options);
  const opener = (orm: MikroORM): ((cookies: string | undefined) => CookieSession) => {
    const split = getReadWriteSplit(orm);
    return cookies => new CookieSession(split, resolved, cookies);
  };
  return {
    express: orm => nodeMiddleware(opener(orm)),
    nest: orm => nodeMiddleware(opener(orm)),
    fastify: orm => fastifyPlugin(opener(orm)),
    hono: orm => honoMiddleware(opener(orm)),
  };
}

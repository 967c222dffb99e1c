import type { CookieSession } from './cookie-session.ts';

/** The parts of Fastify's instance that the plugin uses (Fastify 4 and 5). */
export interface FastifyHooks {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: FastifyRequest, reply: object, done: () => void) => void,
  ): unknown;
  addHook(name: 'onSend', hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>): unknown;
}

/** The part of Fastify's request that the plugin reads. */
export interface FastifyRequest {
  readonly headers: { readonly cookie?: string | undefined };
}

/** The part of Fastify's reply that the plugin writes. */
export interface FastifyReply {
  header(name: string, value: string): unknown;
}

/** A plugin for `fastify.register()`; it holds for the instance that registers it and all below. */
export type FastifyPlugin = (fastify: FastifyHooks, options: unknown, done: () => void) => void;

/** Runs each request in its session, and sets the cookie when the reply is about to be sent. */
export function fastifyPlugin(open: (cookies: string | undefined) => CookieSession): FastifyPlugin {
  const plugin: FastifyPlugin = (fastify, _options, done) => {
    const sessions = new WeakMap<object, CookieSession>();
    fastify.addHook('onRequest', (request, _reply, next) => {
      const session = open(request.headers.cookie);
      sessions.set(request, session);
      session.run(next);
    });
    // Parsing a body goes on in the context of the socket.
    fastify.addHook('preValidation', (request, _reply, next) => {
      const session = sessions.get(request);
      if (session) session.run(next);
      else next();
    });
    fastify.addHook('onSend', async (request, reply) => {
      const cookie = await sessions.get(request)?.setCookie();
      if (cookie !== undefined) reply.header('set-cookie', cookie);
    });
    done();
  };
  // Fastify's word for a plugin whose hooks are to hold outside of it.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

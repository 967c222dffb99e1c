import type { CookieSession } from './cookie-session.ts';

/** The parts of Hono's context that the middleware uses (Hono 4). */
export interface HonoContext {
  readonly req: { header(name: string): string | undefined };
  header(name: string, value: string, options: { append: boolean }): void;
}

/** A middleware for `app.use()`. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/** Runs what follows in the request's session, and sets the cookie when the response is made. */
export function honoMiddleware(open: (cookies: string | undefined) => CookieSession): HonoMiddleware {
  return async (context, next) => {
    const session = open(context.req.header('cookie'));
    await session.run(next);
    const cookie = await session.setCookie();
    if (cookie !== undefined) context.header('set-cookie', cookie, { append: true });
  };
}

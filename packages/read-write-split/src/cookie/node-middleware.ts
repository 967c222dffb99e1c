import type { IncomingMessage, ServerResponse } from 'node:http';

import type { CookieSession } from './cookie-session.ts';
import { holdHead } from './held-response.ts';

/** A middleware of Express, Connect, or Nest. */
export type NodeMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Runs what follows in the request's session, and sets the cookie when the response's head is about to go out. */
export function nodeMiddleware(open: (cookies: string | undefined) => CookieSession): NodeMiddleware {
  return (request, response, next) => {
    const session = open(request.headers.cookie);
    holdHead(response, () => (session.hasWritten ? session.setCookie() : undefined));
    session.run(next);
  };
}

import type { CausalReads, CausalSession } from '../causal/causal-reads.ts';
import { ReadWriteSplitError } from '../read-write-split-error.ts';
import { cookiesNamed, setCookie } from './cookie-header.ts';
import type { ResolvedCookieOptions } from './cookie-options.ts';
import { sign, verify } from './signed-token.ts';

/** One request's session, from the cookie that came with it to the one that goes back. */
export class CookieSession {
  readonly #session: CausalSession;
  readonly #options: ResolvedCookieOptions;

  /** @param header the request's `Cookie` header; what is not ours, forged, old or of another cluster is passed over */
  constructor(split: CausalReads, options: ResolvedCookieOptions, header: string | undefined) {
    this.#options = options;
    this.#session = sessionOf(split, tokenIn(header, options));
  }

  run<T>(fn: () => T): T {
    return this.#session.run(fn);
  }

  /** Whether there will be something to set. */
  get hasWritten(): boolean {
    return this.#session.hasWritten;
  }

  /** The `Set-Cookie` header's value of a request that wrote; undefined for any other. Never rejects. */
  async setCookie(): Promise<string | undefined> {
    if (!this.hasWritten) return undefined;
    const token = await this.#session.token();
    return token === undefined ? undefined : setCookie(sign(token, this.#options.secrets, Date.now()), this.#options);
  }
}

function tokenIn(header: string | undefined, { name, secrets, maxAgeMs }: ResolvedCookieOptions): string | undefined {
  for (const value of cookiesNamed(name, header)) {
    const token = verify(value, secrets, maxAgeMs, Date.now());
    if (token !== undefined) return token;
  }
  return undefined;
}

function sessionOf(split: CausalReads, token: string | undefined): CausalSession {
  try {
    return split.session(token);
  } catch (error) {
    if (error instanceof ReadWriteSplitError && error.code === 'INVALID_TOKEN') return split.session();
    throw error;
  }
}

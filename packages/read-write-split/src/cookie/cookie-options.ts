import { ReadWriteSplitError } from '../read-write-split-error.ts';

/** Options of `causalCookie()`. */
export interface CausalCookieOptions {
  /** Signs the cookie; 16 characters or more. Of several the first signs and all are believed, to change them in turn. */
  readonly secret: string | readonly string[];
  /** Default `mikro-causal`. */
  readonly name?: string;
  /** How long a cookie counts, in milliseconds. Should be longer than any replica's lag. Default 60,000. */
  readonly maxAgeMs?: number;
  /** Default `Lax`. */
  readonly sameSite?: 'Lax' | 'Strict' | 'None';
  /** Sent over TLS only. Default true; browsers make an exception for localhost. */
  readonly secure?: boolean;
  /** Default `/`. */
  readonly path?: string;
  /** Default: the host that set it. */
  readonly domain?: string;
}

/** The options with their defaults. */
export type ResolvedCookieOptions = Required<Omit<CausalCookieOptions, 'secret' | 'domain'>> & {
  readonly secrets: readonly [string, ...string[]];
  readonly domain: string | undefined;
};

const MIN_SECRET = 16;

/** @throws ReadWriteSplitError `INVALID_OPTION` */
export function resolveCookieOptions(options: CausalCookieOptions): ResolvedCookieOptions {
  const { secret, name = 'mikro-causal', maxAgeMs = 60_000, sameSite = 'Lax', path = '/', domain } = options;
  const [first, ...others] = typeof secret === 'string' ? [secret] : (secret ?? []);
  if (first === undefined || [first, ...others].some(text => text.length < MIN_SECRET)) {
    throw invalid(`secret must have ${MIN_SECRET} characters or more, as must each of several`);
  }
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalid(`name must be a cookie's name, not '${name}'`);
  if (!(maxAgeMs >= 1_000)) throw invalid(`maxAgeMs must be 1,000 milliseconds or more, not ${maxAgeMs}`);
  if (!['Lax', 'Strict', 'None'].includes(sameSite)) throw invalid(`sameSite must be 'Lax', 'Strict' or 'None'`);
  if (![path, domain ?? ''].every(text => /^[\x21-\x3A\x3C-\x7E]*$/.test(text))) {
    throw invalid('path and domain must be printable, without spaces and semicolons');
  }
  return { secrets: [first, ...others], name, maxAgeMs, sameSite, secure: options.secure ?? true, path, domain };
}

function invalid(what: string): ReadWriteSplitError {
  return new ReadWriteSplitError('INVALID_OPTION', `causalCookie: ${what}.`);
}

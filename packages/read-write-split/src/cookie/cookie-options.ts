import { invalid, requireBoolean, requireKnown, requireNumber, requireOneOf } from '../option-checks.ts';

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

const NAMES = ['secret', 'name', 'maxAgeMs', 'sameSite', 'secure', 'path', 'domain'];
const SAME_SITES = ['Lax', 'Strict', 'None'];
const MIN_SECRET = 16;

/** @throws ReadWriteSplitError `INVALID_OPTION` */
export function resolveCookieOptions(options: CausalCookieOptions): ResolvedCookieOptions {
  requireKnown('', options, NAMES);
  const { name = 'mikro-causal', maxAgeMs = 60_000, sameSite = 'Lax', secure = true, path = '/', domain } = options;
  if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw invalid(`causalCookie: name must be a cookie's name, not '${name}'.`);
  }
  requireNumber('causalCookie: maxAgeMs', maxAgeMs, 1_000, Number.MAX_SAFE_INTEGER);
  requireOneOf('causalCookie: sameSite', sameSite, SAME_SITES);
  requireBoolean('causalCookie: secure', secure);
  if (sameSite === 'None' && !secure) throw invalid("causalCookie: browsers refuse sameSite 'None' without secure.");
  if (![path, domain ?? ''].every(text => typeof text === 'string' && /^[\x21-\x3A\x3C-\x7E]*$/.test(text))) {
    throw invalid('causalCookie: path and domain must be printable, without spaces and semicolons.');
  }
  return { secrets: secretsOf(options.secret), name, maxAgeMs, sameSite, secure, path, domain };
}

function secretsOf(secret: CausalCookieOptions['secret']): readonly [string, ...string[]] {
  const [first, ...others]: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (isSecret(first) && others.every(isSecret)) return [first, ...others];
  throw invalid(`causalCookie: secret must have ${MIN_SECRET} characters or more, as must each of several.`);
}

function isSecret(secret: unknown): secret is string {
  return typeof secret === 'string' && secret.length >= MIN_SECRET;
}

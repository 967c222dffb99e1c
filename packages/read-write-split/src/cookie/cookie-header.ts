import type { ResolvedCookieOptions } from './cookie-options.ts';

/** Cookies of one name that are looked at; a browser sends several if a parent domain has set one, too. */
const MAX_SAME_NAME = 4;

/** The values of the cookies of that name in a `Cookie` header. */
export function cookiesNamed(name: string, header: string | undefined): readonly string[] {
  if (!header) return [];
  const start = `${name}=`;
  const own = header
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(start));
  return own.slice(0, MAX_SAME_NAME).map(pair => pair.slice(start.length));
}

/** A `Set-Cookie` header's value. */
export function setCookie(value: string, options: ResolvedCookieOptions): string {
  const { name, maxAgeMs, path, domain, sameSite, secure } = options;
  const attributes = [`Max-Age=${Math.ceil(maxAgeMs / 1_000)}`, `Path=${path}`, 'HttpOnly', `SameSite=${sameSite}`];
  if (domain !== undefined) attributes.push(`Domain=${domain}`);
  if (secure) attributes.push('Secure');
  return [`${name}=${value}`, ...attributes].join('; ');
}

import type { MikroORM } from '@mikro-orm/core';

const HIDDEN = '***';
const LONGEST_REASON = 300;

/**
 * Makes a line of text safe to show: without credentials (the ORM's own passwords, and whatever looks like one) and
 * without characters that a terminal would obey.
 */
export function redact(text: string, orm: MikroORM): string {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
  const withoutOwn = secretsOf(orm).reduce((line, secret) => line.replaceAll(secret, HIDDEN), printable);
  return withoutCredentials(withoutOwn).slice(0, LONGEST_REASON);
}

const SECRET_FIELD =
  /([\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;}]+)/gi;
const AUTHORIZATION = /\b(authorization["']?\s*[=:]\s*|bearer\s+|basic\s+)(?:(?:bearer|basic)\s+)?["']?[\w.~+/=-]+/gi;

function withoutCredentials(text: string): string {
  return text
    .replaceAll(/\/\/[^\s/]*@/g, `//${HIDDEN}@`)
    .replaceAll(AUTHORIZATION, `$1${HIDDEN}`)
    .replaceAll(SECRET_FIELD, `$1${HIDDEN}`);
}

function secretsOf(orm: MikroORM): string[] {
  const connections = [orm.config.getAll(), ...(orm.config.get('replicas') ?? [])];
  const passwords = connections.map(({ password }) => password);
  return passwords
    .concat(connections.flatMap(({ clientUrl }) => passwordsIn(clientUrl)))
    .filter(secret => typeof secret === 'string')
    .filter(secret => secret !== '')
    .toSorted((a, b) => b.length - a.length);
}

function passwordsIn(clientUrl: string | undefined): string[] {
  if (!clientUrl || !URL.canParse(clientUrl)) return [];
  const { password } = new URL(clientUrl);
  return [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import type { MikroORM } from '@mikro-orm/core';

const HIDDEN = '***';
const LONGEST_REASON = 300;

/** Removes credentials from a line of text: the ORM's own passwords, and whatever looks like one. */
export function redact(text: string, orm: MikroORM): string {
  const withoutOwn = secretsOf(orm).reduce((line, secret) => line.replaceAll(secret, HIDDEN), text);
  return withoutCredentials(withoutOwn).slice(0, LONGEST_REASON);
}

function withoutCredentials(text: string): string {
  return text
    .replaceAll(/\/\/[^\s/]*@/g, `//${HIDDEN}@`)
    .replaceAll(/\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)\S+/gi, `$1$2${HIDDEN}`);
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

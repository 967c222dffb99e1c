import type { EntityManager } from '@mikro-orm/core';

import { QuerySpecError } from './query-spec-error.ts';

/**
 * Other databases order nulls, fold case and pad strings in ways of their own; until each is tested it is refused rather
 * than answered differently.
 * @throws QuerySpecError `UNSUPPORTED_DATABASE`
 */
export function requireSqlite(em: EntityManager): void {
  const names = classNames(em.getPlatform());
  if (!names.some(name => name.endsWith('SqlitePlatform'))) {
    const message = `${names[0] ?? 'This platform'} is not supported yet; query-spec runs on SQLite only.`;
    throw new QuerySpecError('UNSUPPORTED_DATABASE', message);
  }
}

function classNames(instance: object): readonly string[] {
  const prototype: unknown = Object.getPrototypeOf(instance);
  return typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype
    ? [prototype.constructor.name, ...classNames(prototype)]
    : [];
}

import type { EntityManager } from '@mikro-orm/core';

import { QuerySpecError } from '../query-spec-error.ts';
import type { Dialect } from './dialect.ts';
import { mongodb } from './mongodb.ts';
import { mariadb, mysql } from './mysql.ts';
import { postgresql } from './postgresql.ts';
import { sqlite } from './sqlite.ts';

/** By the host's platform classes; one may be extended by another, of which the nearest counts. */
const BY_PLATFORM: ReadonlyMap<string, Dialect> = new Map([
  ['SqlitePlatform', sqlite],
  ['PostgreSqlPlatform', postgresql],
  ['MySqlPlatform', mysql],
  ['MariaDbPlatform', mariadb],
  ['MongoPlatform', mongodb],
]);

/**
 * Others order nulls, fold case and pad strings in ways of their own: one that was not tested is refused rather than
 * answered differently.
 * @throws QuerySpecError `UNSUPPORTED_DATABASE`
 */
export function dialectOf(em: EntityManager): Dialect {
  const names = classNames(em.getPlatform());
  const dialect = names.map(name => BY_PLATFORM.get(name)).find(found => found !== undefined);
  if (!dialect) {
    const known = [...BY_PLATFORM.values()].map(({ name }) => name).join(', ');
    const message = `${names[0] ?? 'This platform'} is not supported; query-spec knows ${known}.`;
    throw new QuerySpecError('UNSUPPORTED_DATABASE', message);
  }
  return dialect;
}

function classNames(instance: object): readonly string[] {
  const prototype: unknown = Object.getPrototypeOf(instance);
  return typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype
    ? [prototype.constructor.name, ...classNames(prototype)]
    : [];
}

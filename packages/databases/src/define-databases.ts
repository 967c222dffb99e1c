import type { Databases, DatabasesConfig, DatabasesLifecycle } from './databases-config.ts';
import { DatabasesError } from './databases-error.ts';
import { OpenOrms } from './open-orms.ts';

// `then` would make the result look like a promise.
const reserved: ReadonlySet<string> = new Set(['close', 'then']);

/**
 * Several databases by role from one configuration. A role's ORM is made when it is first read (`dbs.primary`) and
 * connects at its first query; one that fails leaves the others alone.
 * @throws DatabasesError `RESERVED_ROLE` for a role named `close` or `then`
 */
export function defineDatabases<const Config extends DatabasesConfig>(config: Config): Databases<Config> {
  const orms = new OpenOrms();
  const lifecycle: DatabasesLifecycle = { close: () => orms.close(), [Symbol.asyncDispose]: () => orms.close() };
  for (const [role, options] of Object.entries(config)) {
    if (reserved.has(role)) throw new DatabasesError('RESERVED_ROLE', `A role cannot be named "${role}"; rename it.`);
    Object.defineProperty(lifecycle, role, { enumerable: true, get: () => orms.get(role, options) });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not follow `defineProperty` above
  return lifecycle as Databases<Config>;
}

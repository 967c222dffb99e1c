import type { MikroORM, Options } from '@mikro-orm/core';

/** MikroORM's options by role. Make each with the `defineConfig` of its driver's package, which names the driver. */
export interface DatabasesConfig {
  readonly [role: string]: Partial<Options>;
}

/** The ORM that a role's options make, with that driver's own EntityManager. */
export type OrmOf<RoleOptions> =
  RoleOptions extends Partial<Options<infer Driver, infer EM, infer Entities>> ? MikroORM<Driver, EM, Entities> : never;

/** One ORM for each role, made when the role is first asked for. */
export type Databases<Config extends DatabasesConfig> = {
  readonly [Role in keyof Config]: OrmOf<Config[Role]>;
} & DatabasesLifecycle;

/** What all roles have in common. */
export interface DatabasesLifecycle {
  /**
   * Closes every ORM that was made, at the same time; a role that was never asked for is not opened. Afterwards each
   * role throws `CLOSED`. Calling it again returns the same promise.
   * @throws DatabasesError `CLOSE_FAILED` when all are done and some failed; `failures` names each
   */
  close(): Promise<void>;
  /** `await using dbs = defineDatabases(…)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

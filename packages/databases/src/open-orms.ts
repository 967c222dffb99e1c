import { MikroORM, type Options } from '@mikro-orm/core';

import { DatabasesError, type RoleFailure } from './databases-error.ts';

type Life = { readonly state: 'open' } | { readonly state: 'closed'; readonly done: Promise<void> };

/** The ORMs that were made so far. */
export class OpenOrms {
  readonly #orms = new Map<string, MikroORM>();
  #life: Life = { state: 'open' };

  /** The ORM of a role. @throws DatabasesError `OPEN_FAILED`, `CLOSED` */
  get(role: string, options: Partial<Options>): MikroORM {
    if (this.#life.state === 'closed')
      throw new DatabasesError('CLOSED', `Role "${role}" is closed: close() was called.`);
    const orm = this.#orms.get(role) ?? make(role, options);
    this.#orms.set(role, orm);
    return orm;
  }

  /** Closes all; the same promise for every caller. */
  close(): Promise<void> {
    if (this.#life.state === 'open') this.#life = { state: 'closed', done: closeAll(this.#orms) };
    return this.#life.done;
  }
}

// `contextName`: with the host's default, two ORMs in one RequestContext would take each other's EntityManager.
function make(role: string, options: Partial<Options>): MikroORM {
  try {
    return new MikroORM({ contextName: role, ...options });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DatabasesError('OPEN_FAILED', `Role "${role}" cannot be opened: ${why}`, [{ role, error }]);
  }
}

async function closeAll(orms: ReadonlyMap<string, MikroORM>): Promise<void> {
  const closing = [...orms].map(([role, orm]) => failureOf(role, orm));
  const failures = (await Promise.all(closing)).filter(failure => failure !== undefined);
  if (failures.length === 0) return;
  const roles = failures.map(({ role }) => `"${role}"`).join(', ');
  throw new DatabasesError('CLOSE_FAILED', `Could not close ${roles}; every other role is closed.`, failures);
}

async function failureOf(role: string, orm: MikroORM): Promise<RoleFailure | undefined> {
  try {
    await orm.close();
    return undefined;
  } catch (error) {
    return { role, error };
  }
}

import { MikroORM } from '@mikro-orm/postgresql';
import { Pool } from 'pg';

import { entities, seedItems } from '../result-cache/torture/entities.ts';
import type { ItemState } from '../result-cache/torture/model.ts';
import { type PostgresGroup, postgres, type SqlOptions, until } from '../servers/index.ts';

/** The database that the workers share, looked at from outside the cache. */
export interface DatabaseWorld extends AsyncDisposable {
  readonly options: SqlOptions;
  /** What an item is, as committed. A deleted one keeps the version that it had `before`. */
  state(id: number, before: ItemState): Promise<ItemState>;
  /** Resolves when a worker that was killed can commit nothing any more. */
  gone(worker: string): Promise<void>;
}

/** Starts PostgreSQL and makes the items. */
export async function openDatabase(): Promise<DatabaseWorld> {
  const group = await postgres();
  await seed(group);
  const pool = new Pool({ connectionString: group.primary.url, max: 3 });
  return {
    options: group.mikroOrmOptions(),
    state: (id, before) => stateOf(pool, id, before),
    gone: worker => gone(pool, worker),
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await group.stop();
    },
  };
}

async function seed(group: PostgresGroup<0>): Promise<void> {
  await using orm = await MikroORM.init({ entities, ...group.mikroOrmOptions() });
  await orm.schema.create();
  await seedItems(orm);
}

async function stateOf(pool: Pool, id: number, before: ItemState): Promise<ItemState> {
  const { rows } = await pool.query<{ version: number; tags: number[]; has_part: boolean }>(
    `select version,
       array(select tag_id from item_tags where item_id = item.id order by tag_id) as tags,
       exists (select from part where item_id = item.id) as has_part
     from item where id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return { version: before.version, exists: false, tags: [], hasPart: false };
  return { version: row.version, exists: true, tags: row.tags, hasPart: row.has_part };
}

async function gone(pool: Pool, worker: string): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    const { rowCount } = await pool.query('select from pg_stat_activity where application_name = $1', [worker]);
    return rowCount === 0;
  };
  await until(isGone, { what: `the sessions of ${worker} to end` });
}

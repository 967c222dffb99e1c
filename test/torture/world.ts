import { MikroORM } from '@mikro-orm/postgresql';
import { Redis } from 'ioredis';
import { Client } from 'pg';

import { entities, seedItems } from '../result-cache/torture/entities.ts';
import type { ItemState } from '../result-cache/torture/model.ts';
import {
  type PostgresGroup,
  postgres,
  redis,
  redisSentinel,
  type ServerNode,
  type SqlOptions,
  until,
} from '../servers/index.ts';
import type { RedisAddress } from './messages.ts';
import type { Mode } from './mode.ts';

/** Redis, and who is the primary of it. It forgets everything when it is restarted. */
export interface RedisWorld extends AsyncDisposable {
  readonly address: RedisAddress;
  primary(): Promise<ServerNode>;
}

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
  const client = new Client({ connectionString: group.primary.url });
  await client.connect();
  return {
    options: group.mikroOrmOptions(),
    state: (id, before) => stateOf(client, id, before),
    gone: worker => gone(client, worker),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await group.stop();
    },
  };
}

async function seed(group: PostgresGroup<0>): Promise<void> {
  await using orm = await MikroORM.init({ entities, ...group.mikroOrmOptions() });
  await orm.schema.create();
  await seedItems(orm);
}

async function stateOf(client: Client, id: number, before: ItemState): Promise<ItemState> {
  const { rows } = await client.query<{ version: number; tags: number[]; has_part: boolean }>(
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

async function gone(client: Client, worker: string): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    const { rowCount } = await client.query('select from pg_stat_activity where application_name = $1', [worker]);
    return rowCount === 0;
  };
  await until(isGone, { what: `the sessions of ${worker} to end` });
}

/** Starts Redis as the mode wants it. */
export async function openRedis({ redis: kind }: Mode): Promise<RedisWorld> {
  if (kind === 'single') {
    const group = await redis({ persistent: false });
    return {
      address: { url: group.primary.url },
      primary: async () => group.primary,
      [Symbol.asyncDispose]: group.stop,
    };
  }
  const group = await redisSentinel({ persistent: false });
  const nodes = [group.primary, ...group.replicas];
  return {
    address: group.ioredisOptions(),
    primary: async () => {
      const port = await group.currentPrimaryPort();
      return nodes.find(node => node.port === port) ?? group.primary;
    },
    [Symbol.asyncDispose]: group.stop,
  };
}

/** A client of it, as an application would make one. */
export function redisClient(address: RedisAddress): Redis {
  return 'url' in address ? new Redis(address.url) : new Redis(address);
}

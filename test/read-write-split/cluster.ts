import { readWriteSplit, type ReadWriteSplitOptions } from '@mikro-kit/read-write-split';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MySqlDriver } from '@mikro-orm/mysql';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroORM, type Options } from '@mikro-orm/sql';

import { mariadb, mysql, postgres, type ReplicaNode, type ServerGroup, type ServerNode } from '../servers/index.ts';
import type { SqlOptions } from '../servers/sql-options.ts';
import { City } from '../statement-tap/cities.ts';

export const products = ['postgres', 'mysql', 'mariadb'] as const;
export type Product = (typeof products)[number];

/** A replica that can be told whom to copy. */
export interface Follower extends ReplicaNode {
  follow(node: ServerNode): Promise<void>;
}

/** A primary with two replicas of any product. */
export interface Cluster extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: readonly [Follower, Follower];
  mikroOrmOptions(dbName?: string): SqlOptions;
}

const START: Readonly<Record<Product, () => Promise<Cluster>>> = {
  postgres: () => postgres({ standbys: 2 }),
  mysql: () => mysql({ replicas: 2 }),
  mariadb: () => mariadb({ replicas: 2 }),
};
const DRIVER = { postgres: PostgreSqlDriver, mysql: MySqlDriver, mariadb: MariaDbDriver };

/** Seconds as tenths: what takes 1 s, 5 s and 30 s by default. */
export const QUICK = {
  consistency: 'eventual',
  maxLagMs: 1_000,
  probe: { intervalMs: 200, timeoutMs: 500 },
  eject: { minMs: 300, maxMs: 2_000, rampMs: 500 },
} as const satisfies ReadWriteSplitOptions;

/** Starts the servers and makes the table with one city, on all of them. */
export async function startCluster(product: Product): Promise<Cluster> {
  const servers = await START[product]();
  await makeCities(product, servers);
  return servers;
}

/** Makes the table with one city, on all servers. */
export async function makeCities(
  product: Product,
  servers: Pick<Cluster, 'mikroOrmOptions'> & { readonly replicas: readonly ReplicaNode[] },
): Promise<void> {
  await using orm = await openOrm(product, servers, { enabled: false });
  await orm.schema.create();
  await orm.em.fork().insert(City, { id: 1, name: 'Oslo' });
  await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
}

/** An ORM of a cluster, with the split. */
export async function openOrm(
  product: Product,
  servers: Pick<Cluster, 'mikroOrmOptions'>,
  options: ReadWriteSplitOptions,
  host: Partial<Options> = {},
): Promise<MikroORM> {
  return MikroORM.init({
    driver: DRIVER[product],
    entities: [City],
    ...servers.mikroOrmOptions(),
    ...host,
    extensions: [readWriteSplit(options)],
  });
}

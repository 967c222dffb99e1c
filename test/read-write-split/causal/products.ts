import { readWriteSplit, type ReadWriteSplitOptions } from '@mikro-kit/read-write-split';
import { defineEntity, p, type MikroORM } from '@mikro-orm/core';
import { MikroORM as MariaDb } from '@mikro-orm/mariadb';
import { MikroORM as MySql } from '@mikro-orm/mysql';
import { MikroORM as PostgreSql } from '@mikro-orm/postgresql';

import { mariadb, mysql, postgres, type ReplicaNode, type ServerNode } from '../../servers/index.ts';
import type { SqlOptions } from '../../servers/sql-options.ts';

/** A note of some writer. */
export const Note = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), text: p.string().default('') },
});

/** A database product that replicates. */
export type Product = 'postgres' | 'mysql' | 'mariadb';

/** A replica that can be told to copy another server. */
interface Follower extends ReplicaNode {
  follow(node: ServerNode): Promise<void>;
}

/** A primary with two replicas. */
export interface Cluster extends AsyncDisposable {
  readonly primary: ServerNode;
  readonly replicas: readonly [Follower, Follower];
  mikroOrmOptions(): SqlOptions;
}

/** All of them. */
export const products: readonly Product[] = ['postgres', 'mysql', 'mariadb'];

/** Starts a primary with two replicas. */
export async function startCluster(product: Product): Promise<Cluster> {
  if (product === 'postgres') return postgres({ standbys: 2 });
  return product === 'mysql' ? mysql({ replicas: 2 }) : mariadb({ replicas: 2 });
}

/** An ORM with the split. */
export async function openOrm(
  product: Product,
  where: SqlOptions,
  options: ReadWriteSplitOptions = {},
): Promise<MikroORM> {
  const all = { entities: [Note], extensions: [readWriteSplit(options)], ...where };
  if (product === 'postgres') return PostgreSql.init(all);
  return product === 'mysql' ? MySql.init(all) : MariaDb.init(all);
}

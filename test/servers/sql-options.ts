import type { ServerNode } from './server-node.ts';

/** The part of MikroORM's options that says where an SQL database is. */
export interface SqlOptions {
  dbName: string;
  host: string;
  port: number;
  user: string;
  password: string;
  replicas: SqlReplicaOptions[];
}

/** One entry of MikroORM's `replicas`. */
export interface SqlReplicaOptions {
  name: string;
  host: string;
  port: number;
  user: string;
  password: string;
}

/** Who connects. */
export interface Credentials {
  user: string;
  password: string;
}

/** MikroORM's options for a primary and its replicas. */
export function sqlOptions(
  dbName: string,
  credentials: Credentials,
  primary: ServerNode,
  replicas: readonly ServerNode[],
): SqlOptions {
  const { host, port } = primary;
  return {
    dbName,
    host,
    port,
    ...credentials,
    replicas: replicas.map(node => ({ name: node.name, host: node.host, port: node.port, ...credentials })),
  };
}

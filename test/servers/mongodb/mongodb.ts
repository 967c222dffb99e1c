import { join } from 'node:path';

import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePort, freePorts } from '../free-port.ts';
import { makeStandby } from '../postgres/data-folder.ts';
import { type PostgresStandby, standby } from '../postgres/standby.ts';
import { privateFolder } from '../processes/nobody.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import { type ReplicaNode, type ServerNode, serverNode } from '../server-node.ts';
import { tuple, type Tuple } from '../tuple.ts';
import { makeDocumentDbFolder, startDocumentDb } from './documentdb.ts';
import { setName, startGateway } from './gateway-process.ts';

/** What to start. */
export interface MongoOptions<N extends number = number> {
  /** Default 0. */
  secondaries?: N;
}

/**
 * A replica set that speaks MongoDB's protocol. It is not mongod: it is Microsoft's DocumentDB, a PostgreSQL extension,
 * behind a gateway of ours. No change streams, no elections: `promote` a secondary when the primary is dead.
 */
export interface MongoGroup<N extends number = number> extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: Tuple<ReplicaNode, N>;
  /** For a client that finds the members by itself. */
  readonly url: string;
  /** Options for `MikroORM.init` of `@mikro-orm/mongodb`. */
  mikroOrmOptions(dbName?: string): { clientUrl: string; dbName: string };
}

/**
 * Starts a replica set and waits until its secondaries copy the primary. Takes about two seconds.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function mongodb<N extends number = 0>({ secondaries }: MongoOptions<N> = {}): Promise<MongoGroup<N>> {
  const server = await find('documentdb');
  return startGroup(server, 'mongodb', async group => {
    const ports = await freePorts(1 + (secondaries ?? 0));
    const hosts = ports.map(port => `127.0.0.1:${port}`);
    const primaryPostgresPort = await freePort();
    const [primary, ...others] = await Promise.all(
      ports.map((port, i) => startMember({ server, group, hosts, port, index: i, primaryPostgresPort })),
    );
    if (!primary) throw new RangeError('a replica set has a primary');
    const copies = others.map(member => ({ member, copy: standby(member.postgres, primary.postgres) }));
    await Promise.all(copies.map(({ copy }) => copy.repairReplication()));
    const url = `mongodb://${hosts.join(',')}/?replicaSet=${setName}&heartbeatFrequencyMS=500`;
    return {
      primary: primary.node,
      replicas: tuple(
        copies.map(({ member, copy }) => secondary(member.node, copy)),
        secondaries,
      ),
      url,
      mikroOrmOptions: (dbName = 'test') => ({ clientUrl: url, dbName }),
    };
  });
}

interface MemberPlan {
  server: Installation;
  group: string;
  hosts: readonly string[];
  port: number;
  index: number;
  primaryPostgresPort: number;
}

/** One member: its gateway is what clients see, its PostgreSQL is what replicates. Both live and die together. */
interface Member {
  node: ServerNode;
  postgres: ServerNode;
}

async function startMember({ server, group, hosts, port, index, primaryPostgresPort }: MemberPlan): Promise<Member> {
  const name = index === 0 ? 'primary' : `replica-${index - 1}`;
  const folder = privateFolder(join(group, name));
  const postgresPort = index === 0 ? primaryPostgresPort : await freePort();
  await makeDocumentDbFolder(server, folder);
  if (index > 0) makeStandby(join(folder, 'data'), name, primaryPostgresPort);
  const start = async () => {
    await startDocumentDb(server, name, folder, postgresPort);
    await startGateway({ name, folder, port, postgresPort, hosts });
  };
  await start();
  const node = (at: number, url: string) => serverNode({ name, port: at, folder, start, url });
  return { node: node(port, `mongodb://127.0.0.1:${port}/?directConnection=true`), postgres: node(postgresPort, '') };
}

/** Replication is PostgreSQL's; the signals reach both processes. */
function secondary(node: ServerNode, copy: PostgresStandby): ReplicaNode {
  return { ...copy, ...node };
}

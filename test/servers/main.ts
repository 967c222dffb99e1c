/**
 * A program, `npm run servers`: says which servers can be used on this machine and where they come from.
 * `npm run servers -- up postgres redis` starts some, prints their URLs and keeps them until Ctrl-C.
 */
import { report, reportLine } from './environment.ts';
import { mongodb } from './mongodb/mongodb.ts';
import { mariadb } from './mysql/mariadb.ts';
import { mysql } from './mysql/mysql.ts';
import { postgres } from './postgres/postgres.ts';
import { redisCluster } from './redis/redis-cluster.ts';
import { redisSentinel } from './redis/redis-sentinel.ts';
import { redis } from './redis/redis.ts';
import { ServerError } from './server-error.ts';
import type { ServerNode } from './server-node.ts';

/** A name for people, and a URL. */
type Named = Pick<ServerNode, 'name' | 'url'>;

/** What can be started, each with a replica where that makes sense. */
const starters: Record<string, () => Promise<readonly Named[]>> = {
  postgres: async () => nodesOf(await postgres({ standbys: 1 })),
  mysql: async () => nodesOf(await mysql({ replicas: 1 })),
  mariadb: async () => nodesOf(await mariadb({ replicas: 1 })),
  redis: async () => nodesOf(await redis({ replicas: 1 })),
  'redis-sentinel': async () => nodesOf(await redisSentinel()),
  'redis-cluster': async () => (await redisCluster()).nodes,
  mongodb: async () => {
    const group = await mongodb({ secondaries: 1 });
    return [{ name: 'all', url: group.url }, ...nodesOf(group)];
  },
};

const usage = `usage: npm run servers
       npm run servers -- up NAME…    with names of ${Object.keys(starters).join(', ')}`;

const [command, ...names] = process.argv.slice(2);
if (command === undefined) await list();
else if (command === 'up' && names.length > 0) await up(names.map(known));
else fail(usage);

async function list(): Promise<void> {
  const reports = await report();
  console.log(`${reports.map(reportLine).join('\n')}\n\n${usage}`);
}

function known(name: string): string {
  return Object.hasOwn(starters, name) ? name : fail(`There is no server "${name}".\n${usage}`);
}

async function up(wanted: readonly string[]): Promise<void> {
  const running = await Promise.all(
    wanted.map(async name => ({ name, nodes: (await starters[name]?.()) ?? [] })),
  ).catch(explain);
  for (const { name, nodes } of running) {
    console.log(`\n${name}\n${nodes.map(node => `  ${node.name.padEnd(12)}${node.url}`).join('\n')}`);
  }
  console.log('\nCtrl-C stops them and removes their data.');
  setInterval(() => undefined, 60_000); // the servers end with this process
}

function nodesOf(group: {
  primary: ServerNode;
  replicas: readonly ServerNode[];
  sentinels?: readonly ServerNode[];
}): ServerNode[] {
  return [group.primary, ...group.replicas, ...(group.sentinels ?? [])];
}

function explain(error: unknown): never {
  if (error instanceof ServerError)
    fail(`${error.message}\nRun \`npm run servers\` to see what there is and what to do.`);
  throw error;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { giveAway, privateFolder } from '../processes/nobody.ts';
import { startProcess } from '../processes/start-process.ts';
import { type ServerNode, serverNode } from '../server-node.ts';
import { command } from './connection.ts';

/** The name under which the sentinels watch the primary. */
export const watched = 'main';

/**
 * Milliseconds. By default sentinels look around every ten seconds and say so every two, wait for four of the latter
 * before they turn an old primary into a replica, and connect again a second after they lost a server. A replica whose
 * state is older than five pings cannot be elected, so `info-period` must stay well below that.
 */
const hurry = ['ping-period', 300, 'info-period', 500, 'publish-period', 500, 'ask-period', 200] as const;

/** Each notices a dead primary a little later than the one before, so that they do not all stand for election at once. */
const noticeMs = { first: 700, further: 300 };

/** One sentinel to start. */
export interface SentinelOptions {
  redis: Installation;
  /** The folder of its group. */
  group: string;
  /** Which of the sentinels it is, from 0. */
  index: number;
  port: number;
  /** The server to watch. */
  primary: ServerNode;
  /** How many sentinels must find the primary dead. */
  quorum: number;
}

/** Starts a sentinel and waits until it answers. */
export async function startSentinel({
  redis,
  group,
  index,
  port,
  primary,
  quorum,
}: SentinelOptions): Promise<ServerNode> {
  const name = `sentinel-${index}`;
  const folder = privateFolder(join(group, name));
  const config = join(folder, 'sentinel.conf'); // a sentinel keeps its state in its configuration
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${watched} 127.0.0.1 ${primary.port} ${quorum}`,
    `sentinel down-after-milliseconds ${watched} ${noticeMs.first + index * noticeMs.further}`,
    `sentinel failover-timeout ${watched} 2000`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  giveAway(config);
  const start = async () => {
    await startProcess({
      name,
      folder,
      command: { file: redis.program('redis-server'), args: [config, '--sentinel'] },
      ready: async () => (await command(port, 'PING')) === 'PONG',
    });
    await command(port, 'SENTINEL', 'DEBUG', ...hurry);
  };
  await start();
  return serverNode({ name, port, folder, start, url: `redis://127.0.0.1:${port}` });
}

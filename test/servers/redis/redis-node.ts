import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { privateFolder } from '../processes/nobody.ts';
import { startProcess } from '../processes/start-process.ts';
import { type ServerNode, serverNode } from '../server-node.ts';
import { command } from './connection.ts';

/** One redis-server to start. */
export interface RedisNodeOptions {
  redis: Installation;
  /** The folder of its group. */
  group: string;
  name: string;
  port: number;
  /** Settings beside ours, as on the command line: `['--replicaof', '127.0.0.1 6379']`. */
  settings?: readonly string[];
}

/** What it has written survives SIGKILL of the server (the kernel has it), which is all that tests do to it. */
const ours = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'no',
  '--repl-diskless-sync-delay',
  '0',
];

/** Starts one redis-server and waits until it answers. */
export async function startRedis({ redis, group, name, port, settings = [] }: RedisNodeOptions): Promise<ServerNode> {
  const folder = privateFolder(join(group, name));
  const args = ['--port', String(port), '--dir', folder, ...ours, ...settings];
  const start = () =>
    startProcess({
      name,
      folder,
      command: { file: redis.program('redis-server'), args },
      ready: async () => (await command(port, 'PING')) === 'PONG',
    });
  await start();
  return serverNode({ name, port, folder, start, url: `redis://127.0.0.1:${port}` });
}

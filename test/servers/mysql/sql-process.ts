import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { startProcess } from '../processes/start-process.ts';
import { query } from './connection.ts';
import type { Dialect } from './dialect.ts';

/** One MySQL or MariaDB to start. */
export interface SqlProcess {
  dialect: Dialect;
  server: Installation;
  name: string;
  /** Its working folder; the data lies in `data` below it. */
  folder: string;
  port: number;
  /** Different for every server of a group. */
  serverId: number;
  isReadOnly: boolean;
}

/** Commits are written but not flushed: they survive SIGKILL of the server, which is all that tests do to it. */
const settings = [
  '--bind-address=127.0.0.1',
  '--log-bin=bin',
  '--relay-log=relay',
  '--relay-log-recovery=ON',
  '--innodb-flush-log-at-trx-commit=2',
  '--sync-binlog=0',
  '--innodb-use-native-aio=0',
  '--innodb-buffer-pool-size=64M',
  '--skip-name-resolve',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  '--max-connections=200',
];

/** Starts the server of a data folder and waits until it answers queries. */
export async function startSqlProcess({
  dialect,
  server,
  name,
  folder,
  port,
  serverId,
  isReadOnly,
}: SqlProcess): Promise<void> {
  const socket = join(folder, 'server.sock');
  rmSync(`${socket}.lock`, { force: true }); // left by a killed server, whose process id may be another's now
  const own = [
    `--datadir=${join(folder, 'data')}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--tmpdir=${folder}`,
  ];
  const ids = [`--port=${port}`, `--server-id=${serverId}`];
  const readOnly = isReadOnly ? dialect.readOnlyFlags : [];
  const args = ['--no-defaults', ...dialect.flags(server), ...settings, ...own, ...ids, ...readOnly];
  const file = server.program(dialect.product === 'mysql' ? 'mysqld' : 'mariadbd');
  await startProcess({ name, folder, command: { file, args }, ready: () => query(port, 'SELECT 1') });
}

import { join } from 'node:path';

import { replication } from './connection.ts';
import type { Dialect } from './dialect.ts';

/** MariaDB. */
export const mariadbDialect: Dialect = {
  product: 'mariadb',
  appRights: 'PROCESS, BINLOG MONITOR, REPLICA MONITOR',
  flags: ({ root }) => [
    `--basedir=${join(root, 'usr')}`,
    `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
    `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
    `--character-sets-dir=${join(root, 'usr/share/mysql/charsets')}`,
    '--log-slave-updates=ON',
    '--binlog-format=ROW',
    '--gtid-strict-mode=ON',
    '--innodb-log-file-size=8M',
  ],
  readOnlyFlags: ['--read-only=ON'],
  initialize: (server, { data, folder }, sqlFile) => ({
    file: server.program('mariadb-install-db'),
    args: [
      '--no-defaults',
      ...mariadbDialect.flags(server).filter(flag => /basedir|log-file-size/.test(flag)),
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      `--extra-file=${sqlFile}`,
    ],
  }),
  follow: port =>
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = '${replication.user}',
     MASTER_PASSWORD = '${replication.password}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1`,
  delay: seconds => `CHANGE MASTER TO MASTER_DELAY = ${seconds}`,
  promotion: ['RESET REPLICA ALL', 'SET GLOBAL read_only = OFF'],
  runningColumns: ['Slave_IO_Running', 'Slave_SQL_Running'],
  position: 'SELECT @@global.gtid_binlog_pos AS position',
  reached: position => `SELECT MASTER_GTID_WAIT('${position}', 0) = 0 AS reached`,
};

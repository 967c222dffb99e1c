import { replication } from './connection.ts';
import type { Dialect } from './dialect.ts';

/** MySQL 9. Its packages are unpacked, not installed, so the server must be told where everything lies. */
export const mysqlDialect: Dialect = {
  product: 'mysql',
  appRights: 'PROCESS, REPLICATION CLIENT',
  flags: ({ root, from }) => [
    ...(from === 'PATH'
      ? []
      : [
          `--basedir=${root}/usr`,
          `--lc-messages-dir=${root}/usr/share/mysql`,
          `--plugin-dir=${root}/usr/lib/mysql/plugin`,
          `--character-sets-dir=${root}/usr/share/mysql/charsets`,
        ]),
    '--mysqlx=OFF',
    '--secure-file-priv=NULL',
    '--gtid-mode=ON',
    '--enforce-gtid-consistency=ON',
    '--innodb-redo-log-capacity=16M',
    '--innodb-doublewrite=OFF',
  ],
  readOnlyFlags: ['--super-read-only=ON'],
  initialize: (server, { data, folder }, sqlFile) => ({
    file: server.program('mysqld'),
    args: [
      '--no-defaults',
      ...mysqlDialect.flags(server).filter(flag => !flag.includes('gtid')),
      '--skip-log-bin',
      '--innodb-use-native-aio=0',
      '--initialize-insecure',
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      `--init-file=${sqlFile}`,
    ],
  }),
  follow: port =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = '${replication.user}',
     SOURCE_PASSWORD = '${replication.password}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1`,
  delay: seconds => `CHANGE REPLICATION SOURCE TO SOURCE_DELAY = ${seconds}`,
  promotion: ['RESET REPLICA ALL', 'SET GLOBAL super_read_only = OFF', 'SET GLOBAL read_only = OFF'],
  runningColumns: ['Replica_IO_Running', 'Replica_SQL_Running'],
  position: 'SELECT @@global.gtid_executed AS position',
  reached: position => `SELECT GTID_SUBSET('${position}', @@global.gtid_executed) AS reached`,
};

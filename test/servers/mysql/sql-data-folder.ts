import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { freshData } from '../binaries/template.ts';
import { privateFolder } from '../processes/nobody.ts';
import { runCommand } from '../processes/run-command.ts';
import { admin, app, replication } from './connection.ts';
import type { Dialect } from './dialect.ts';

/** Makes the data folder of a new server, with our accounts and a database `test` in it. */
export async function makeSqlDataFolder(dialect: Dialect, server: Installation, data: string): Promise<void> {
  const statements = accounts(dialect);
  await freshData(server, [dialect.flags(server), statements], data, async template => {
    const sqlFile = join(dirname(template), 'accounts.sql');
    const folder = privateFolder(join(dirname(template), 'work'));
    writeFileSync(sqlFile, statements, { mode: 0o644 });
    await runCommand(dialect.initialize(server, { data: template, folder }, sqlFile), { asServer: true, cwd: folder });
  });
  rmSync(join(data, 'auto.cnf'), { force: true }); // MySQL's server id in a replication group must not be a copy
}

/** The statements, one a line, as MySQL's `--init-file` wants them. */
function accounts({ appRights }: Dialect): string {
  const create = [admin, app, replication].map(
    ({ user, password }) => `CREATE USER ${user}@'%' IDENTIFIED BY '${password}';`,
  );
  const grants = [
    `GRANT ALL ON *.* TO ${admin.user}@'%' WITH GRANT OPTION;`,
    `GRANT ALL ON \`%\`.* TO ${app.user}@'%';`,
    `GRANT ${appRights} ON *.* TO ${app.user}@'%';`,
    `GRANT REPLICATION SLAVE ON *.* TO ${replication.user}@'%';`,
  ];
  return ['FLUSH PRIVILEGES;', ...create, ...grants, 'CREATE DATABASE test;', ''].join('\n');
}

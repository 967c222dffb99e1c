import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { freshData } from '../binaries/template.ts';
import { giveAway } from '../processes/nobody.ts';
import { runCommand } from '../processes/run-command.ts';
import { user } from './connection.ts';

const initdb = [
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
  '--no-instructions',
  '--wal-segsize=1',
  `--username=${user}`,
];

/** What a new data folder is to hold. */
export interface Contents {
  /** Settings of the server that runs the statements. */
  settings: Record<string, string>;
  /** Statements to run once, each on one line. */
  statements: readonly string[];
}

const onlyTest: Contents = { settings: {}, statements: ['create database test'] };

/**
 * Makes the data folder of a new server. All folders of one version and cluster are copies, so any can stream from any
 * other.
 */
export async function makeDataFolder(
  postgres: Installation,
  data: string,
  contents = onlyTest,
  cluster?: string,
): Promise<void> {
  await freshData(postgres, [initdb, contents, ...(cluster === undefined ? [] : [cluster])], data, async template => {
    const run = (program: string, args: readonly string[], input = '') =>
      runCommand({ file: postgres.program(program), args }, { asServer: true, cwd: template, input });
    await run('initdb', [...initdb, template]);
    const settings = Object.entries(contents.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await run('postgres', ['--single', '-D', template, ...settings, 'postgres'], contents.statements.join('\n'));
  });
}

/** Makes the server of a data folder a standby when it starts. */
export function makeStandby(data: string, name: string, primaryPort: number): void {
  appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${connectionInfo(name, primaryPort)}'\n`);
  const signal = join(data, 'standby.signal');
  writeFileSync(signal, '');
  giveAway(signal);
}

/** Removes what a killed server has left, should its process id have gone to another process. */
export function forgetPostmaster(data: string): void {
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

/** A standby's `primary_conninfo`; the name shows in the primary's `pg_stat_replication.application_name`. */
export function connectionInfo(name: string, primaryPort: number): string {
  return `host=127.0.0.1 port=${primaryPort} user=${user} application_name=${name}`;
}

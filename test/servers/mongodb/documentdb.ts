import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { makeDataFolder } from '../postgres/data-folder.ts';
import { startPostgres } from '../postgres/postgres-process.ts';

/** What DocumentDB needs of PostgreSQL, and no timers but its own expiry of documents. */
const settings = {
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb',
  'cron.database_name': 'postgres',
  'cron.use_background_workers': 'on',
  'documentdb.useFileBasedPersistedCursors': 'on',
  track_commit_timestamp: 'on',
  jit: 'off',
};

/** Builds indexes in the background, which the gateway does not ask for. */
const needless = `select cron.unschedule(jobid) from cron.job where jobname like 'documentdb_index_build%'`;

/** Makes the data folder of a PostgreSQL with DocumentDB in it. */
export function makeDocumentDbFolder(installation: Installation, folder: string): Promise<void> {
  return makeDataFolder(installation, join(folder, 'data'), {
    settings,
    statements: ['create extension documentdb cascade', needless],
  });
}

/** Starts a PostgreSQL with DocumentDB. */
export function startDocumentDb(postgres: Installation, name: string, folder: string, port: number): Promise<void> {
  return startPostgres({ postgres, name: `${name}-postgres`, folder, port, extra: settings });
}

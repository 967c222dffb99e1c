import { join } from 'node:path';

import type { Installation } from '../binaries/installation.ts';
import { startProcess } from '../processes/start-process.ts';
import { query } from './connection.ts';
import { forgetPostmaster } from './data-folder.ts';

/** Throwaway data: nothing is flushed to disk. All shared memory lies in the data folder, so none is left behind. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  dynamic_shared_memory_type: 'mmap',
  max_connections: '200',
  max_wal_senders: '10',
  wal_level: 'replica',
  wal_keep_size: '256MB',
  wal_retrieve_retry_interval: '100ms',
  wal_receiver_status_interval: '1s',
  hot_standby: 'on',
  hot_standby_feedback: 'on',
};

/** One PostgreSQL to start. */
export interface PostgresProcess {
  postgres: Installation;
  name: string;
  /** Its working folder; the data lies in `data` below it. */
  folder: string;
  port: number;
  /** Settings beside, or instead of, our own. */
  extra?: Record<string, string>;
}

/** Starts the server of a data folder and waits until it answers queries. */
export async function startPostgres({ postgres, name, folder, port, extra }: PostgresProcess): Promise<void> {
  const data = join(folder, 'data');
  forgetPostmaster(data);
  const flags = Object.entries({ ...settings, ...extra, port: String(port) }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const command = { file: postgres.program('postgres'), args: ['-D', data, ...flags] };
  await startProcess({ name, folder, command, ready: () => query(port, 'select 1') });
}

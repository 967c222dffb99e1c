import { callForDocument, bson } from './backend.ts';
import { encode } from './bson.ts';
import type { Handler } from './command-context.ts';
import { version } from './hello.ts';

const ok: Handler = () => ({ ok: 1 });

/** Commands about the connection, its sessions and the server; every member answers them. */
export const sessionCommands: Record<string, Handler> = {
  ping: ok,
  endSessions: ok,
  refreshSessions: ok,
  buildInfo: () => ({
    version,
    versionArray: [...version.split('.').map(Number), 0],
    maxBsonObjectSize: 16 * 1024 * 1024,
    ok: 1,
  }),
  serverStatus: () => ({ version, ok: 1 }),
  getParameter: () => ({ featureCompatibilityVersion: { version: '7.0' }, ok: 1 }),
  listDatabases: ({ on, spec }) => callForDocument(on, `documentdb_api.list_databases(${bson(1)})`, [encode(spec)]),
  getMore: ({ cursors, on, spec }) => cursors.more(on, spec),
  killCursors: ({ cursors, spec }) => cursors.kill(Array.isArray(spec['cursors']) ? spec['cursors'] : []),
  async commitTransaction({ transactions, command }) {
    await transactions.end(command, 'commit');
    return { ok: 1 };
  },
  async abortTransaction({ transactions, command }) {
    await transactions.end(command, 'rollback');
    return { ok: 1 };
  },
};

import type { ReplicaNode, ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { query } from './connection.ts';
import { connectionInfo } from './data-folder.ts';

/** A streaming standby. */
export interface PostgresStandby extends ReplicaNode {
  /** Copies another server of the group from now on, for example one that was promoted. */
  follow(node: ServerNode): Promise<void>;
}

/** Adds a standby's faults to its node. */
export function standby(node: ServerNode, primary: ServerNode): PostgresStandby {
  const { name, port } = node;
  let followed = primary;
  const set = async (setting: string, value: string) => {
    await query(port, `alter system set ${setting} = '${value}'`);
    await query(port, 'select pg_reload_conf()');
    await until(async () => (await valueOf(port, setting)) === value, { what: `${setting} on ${name}` });
  };
  const streamFrom = async (source: ServerNode) => {
    await set('primary_conninfo', connectionInfo(name, source.port));
    await until(() => isStreaming(port), { what: `${name} to stream from ${source.name}` });
  };
  return {
    ...node,
    lag: ms => set('recovery_min_apply_delay', String(ms)),
    async breakReplication() {
      await set('primary_conninfo', '');
      await until(async () => !(await isStreaming(port)), { what: `the end of ${name}'s stream` });
    },
    repairReplication: () => streamFrom(followed),
    caughtUp: () => caughtUp(followed, node),
    async promote() {
      await query(port, 'select pg_promote(true, 30)');
      await until(async () => !(await isInRecovery(port)), { what: `the promotion of ${name}` });
    },
    async follow(source) {
      followed = source;
      await streamFrom(source);
    },
  };
}

async function caughtUp(primary: ServerNode, replica: ServerNode): Promise<void> {
  const [{ position } = { position: '0/0' }] = await query<{ position: string }>(
    primary.port,
    'select pg_current_wal_lsn()::text as position',
  );
  const reached = `select pg_last_wal_replay_lsn() >= '${position}'::pg_lsn as reached`;
  await until(async () => (await query<{ reached: boolean }>(replica.port, reached))[0]?.reached, {
    what: `${replica.name} to reach ${position}`,
  });
}

async function isStreaming(port: number): Promise<boolean> {
  const receivers = await query(port, `select 1 from pg_stat_wal_receiver where status = 'streaming'`);
  return receivers.length > 0;
}

async function isInRecovery(port: number): Promise<boolean> {
  return (
    (await query<{ recovering: boolean }>(port, 'select pg_is_in_recovery() as recovering'))[0]?.recovering === true
  );
}

async function valueOf(port: number, setting: string): Promise<string | undefined> {
  const rows = await query<{ setting: string }>(port, `select setting from pg_settings where name = '${setting}'`);
  return rows[0]?.setting;
}

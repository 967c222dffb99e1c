import type { Ask } from '../../positions/log-positions.ts';
import type { ExamineVitals, FindPrivilege, Vitals } from './vitals.ts';

/** What neither version of the statement may be sent without. */
const DENIED = new Set<unknown>(['ER_SPECIFIC_ACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_ERROR']);
const SYNTAX = new Set<unknown>(['ER_PARSE_ERROR', 'ER_SYNTAX_ERROR']);

/** MySQL 8 and 9: `SHOW REPLICA STATUS`, which needs REPLICATION CLIENT. */
export const mysqlVitals: ExamineVitals = ask => vitalsOf(ask, ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS']);

/** MariaDB: the same, by its own words; which needs REPLICA MONITOR. */
export const mariadbVitals: ExamineVitals = ask => vitalsOf(ask, ['SHOW SLAVE STATUS']);

async function vitalsOf(ask: Ask, [statement = '', ...older]: readonly string[]): Promise<Vitals> {
  try {
    return understood(await ask(statement));
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (SYNTAX.has(code) && older.length > 0) return vitalsOf(ask, older);
    if (!DENIED.has(code)) throw error;
    const missing = older.length > 0 ? 'REPLICATION CLIENT' : 'REPLICA MONITOR';
    return { replicates: 'unknown', isFollower: false, missing };
  }
}

function understood([status]: Awaited<ReturnType<Ask>>): Vitals {
  if (!status) return { replicates: 'unknown', isFollower: false };
  const io = status['Replica_IO_Running'] ?? status['Slave_IO_Running'];
  const sql = status['Replica_SQL_Running'] ?? status['Slave_SQL_Running'];
  const seconds = status['Seconds_Behind_Source'] ?? status['Seconds_Behind_Master'];
  const behind = seconds === null || seconds === undefined ? {} : { behindMs: Number(seconds) * 1_000 };
  return { isFollower: true, replicates: io === 'Yes' && sql === 'Yes' ? 'yes' : 'no', ...behind };
}

/** Rights by which an account writes through `read_only`; MySQL's `super_read_only` stops them too. */
const WRITES_THROUGH = /\b(ALL PRIVILEGES|SUPER|READ[_ ]ONLY ADMIN|CONNECTION_ADMIN)\b[^`]*\bON \*\.\*/i;

/** Everybody may see their own rights. */
export const privilegeThroughReadOnly: FindPrivilege = async ask => {
  if (await isSuperReadOnly(ask)) return undefined;
  const grants = (await ask('SHOW GRANTS')).flatMap(row => Object.values(row).map(String));
  return grants.map(grant => WRITES_THROUGH.exec(grant)?.[1]).find(right => right !== undefined);
};

async function isSuperReadOnly(ask: Ask): Promise<boolean> {
  const [row] = await ask("SHOW GLOBAL VARIABLES LIKE 'super_read_only'");
  return row !== undefined && Object.values(row).includes('ON');
}

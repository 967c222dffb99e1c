import type { ExamineVitals } from './vitals.ts';

/** Everybody may see that there is a receiver, only `pg_monitor` what it does. A file's name tells the timeline at once. */
const VITALS = `
select pg_is_in_recovery() as follower,
  exists (select from pg_stat_wal_receiver) as receives,
  extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000 as replayed,
  case when not pg_is_in_recovery()
    then ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline`;

/** PostgreSQL: a standby replicates while it has a WAL receiver. */
export const postgresVitals: ExamineVitals = async ask => {
  const [answer] = await ask(VITALS);
  const isFollower = answer?.['follower'] === true;
  const timeline = Number(answer?.['timeline'] ?? 0);
  const replicates = answer?.['receives'] === true ? 'yes' : 'no';
  if (isFollower) return { isFollower, replicates, replayedMsAgo: Number(answer?.['replayed'] ?? 0) };
  return { isFollower, replicates: 'unknown', ...(timeline > 0 && { timeline }) };
};

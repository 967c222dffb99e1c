import type { StatementTap } from '@mikro-kit/statement-tap';

/** By product; on the other's servers it is an error. Both keep what the user has tracked. */
const TRACK = {
  mysql: "set session session_track_gtids = 'OWN_GTID'",
  mariadb:
    "set session session_track_system_variables = concat_ws(',', nullif(@@session.session_track_system_variables, ''), 'last_gtid')",
};

/**
 * Has MySQL and MariaDB tell the id of each commit along with its result, at the price of two statements for each new
 * connection to the primary.
 */
export function trackGtids(tap: StatementTap): void {
  tap.trackState(async send => {
    const [row] = await send('select version() as version');
    const isMariaDb = JSON.stringify(row).includes('MariaDB');
    await send(isMariaDb ? TRACK.mariadb : TRACK.mysql);
  });
}

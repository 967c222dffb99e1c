import type { Installation } from '../binaries/installation.ts';
import type { Command } from '../processes/nobody.ts';

/** Where one server keeps its things. */
export interface ServerFiles {
  /** Its working folder. */
  folder: string;
  /** Its data folder. */
  data: string;
}

/** What MySQL and MariaDB, which are twins, say differently. */
export interface Dialect {
  readonly product: 'mysql' | 'mariadb';
  /** Rights of the application's account beside those on databases. */
  readonly appRights: string;
  /** Flags of every server. */
  flags(server: Installation): string[];
  /** Flags of a server that nobody but replication may write to. */
  readonly readOnlyFlags: readonly string[];
  /** The command that makes an empty data folder and runs the statements of a file in it. */
  initialize(server: Installation, files: ServerFiles, sqlFile: string): Command;
  /** Statement that makes a server a replica. */
  follow(primaryPort: number): string;
  /** Statement that sets the delay of a stopped replica. */
  delay(seconds: number): string;
  /** Statements that make a stopped replica a primary. */
  readonly promotion: readonly string[];
  /** The columns of `SHOW REPLICA STATUS` that say `Yes` while replication runs. */
  readonly runningColumns: readonly [string, string];
  /** Query for the position up to which a primary has written, in a column `position`. */
  readonly position: string;
  /** Query that says, in a column `reached`, whether a replica has reached a position. */
  reached(position: string): string;
}

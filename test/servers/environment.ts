import { type Availability, availability, type ServerName, serverNames } from './availability.ts';

/** The variables that name servers of the user's own. */
export const urlVariables: Record<ServerName, string> = {
  postgres: 'TEST_POSTGRES_URL',
  mysql: 'TEST_MYSQL_URL',
  mariadb: 'TEST_MARIADB_URL',
  redis: 'TEST_REDIS_URL',
  mongodb: 'TEST_MONGODB_URL',
};

/** The URL of the user's own server, if the environment names one. */
export function externalUrl(name: ServerName): string | undefined {
  return process.env[urlVariables[name]] || undefined;
}

/** What can be used here, for people. */
export interface ServerReport {
  name: ServerName;
  /** The server that tests start, break and stop. */
  own: Availability;
  /** The variable by which the user's own server is used where nothing is broken, if it is set. */
  external: string | undefined;
}

/** Looks for every server, and downloads what is missing. */
export function report(names: readonly ServerName[] = serverNames): Promise<ServerReport[]> {
  return Promise.all(
    names.map(async name => ({
      name,
      own: await availability(name),
      external: externalUrl(name) && urlVariables[name],
    })),
  );
}

/** One line of the report: what is there and from where, or what to do. */
export function reportLine({ name, own, external }: ServerReport): string {
  const start = own.available ? `${own.version} from ${own.from}` : `NOT AVAILABLE, because ${own.because}`;
  const set = `put its programs on the PATH, or set ${urlVariables[name]} to use your own (no faults can be made on it)`;
  const remedy = own.available || external ? '' : `\n${''.padEnd(12)}${set}`;
  return `  ${name.padEnd(10)}${start}${external ? `; ${external} is used where nothing is broken` : ''}${remedy}`;
}

import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A server that a test run has used. */
export interface Use {
  name: string;
  version: string;
  /** `PATH`, `Debian packages` or the name of an environment variable. */
  from: string;
}

/** The variable by which a test run tells its worker processes where to note the servers that they use. */
export const recordVariable = 'MIKRO_KIT_SERVERS_USED';

/** Notes that a server was used; does nothing outside a test run. */
export function recordUse(use: Use): void {
  const file = process.env[recordVariable];
  if (file) appendFileSync(file, `${[use.name, use.version, use.from].join('\t')}\n`);
}

/** The different servers noted in `file`, by name. */
export function recordedUses(file: string): Use[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return [...new Set(lines)].toSorted().map(line => {
    const [name = '', version = '', from = ''] = line.split('\t');
    return { name, version, from };
  });
}

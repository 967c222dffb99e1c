import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { runCommand } from '../processes/run-command.ts';
import { ServerError } from '../server-error.ts';
import { catalog } from './catalog.ts';
import type { Installation, Product, Source } from './installation.ts';

/** Where to look for a product's programs. */
export interface Place {
  from: Source;
  /** See {@link Installation.root}. */
  root: string;
  /** Folders to search, in order. */
  folders: readonly string[];
}

/**
 * Looks for a product in a place.
 *
 * @throws {ServerError} `UNAVAILABLE`, saying which program is missing or too old.
 */
export async function installedIn(place: Place, product: Product): Promise<Installation> {
  const { server, programs, version: expected, extension } = catalog[product];
  const program = (name: string) => findProgram(place, server, name);
  const said = (await runCommand({ file: program(server), args: ['--version'] }, { asServer: true })).trim();
  const version = expected.exec(said)?.[1];
  if (!version)
    throw new ServerError('UNAVAILABLE', `${program(server)} says "${said}", which is not what we test with`);
  for (const name of programs) program(name);
  const full = extension ? `${extensionVersion(program(server), extension)} on PostgreSQL ${version}` : version;
  return { product, from: place.from, version: full, root: place.root, program };
}

/** A link on the PATH often names one program only; the others lie beside its target. */
function findProgram({ folders, from }: Place, server: string, name: string): string {
  const beside = folders
    .map(folder => join(folder, server))
    .filter(path => existsSync(path))
    .map(path => dirname(realpathSync(path)));
  const found = [...beside, ...folders].map(folder => join(folder, name)).find(path => existsSync(path));
  if (found) return found;
  throw new ServerError('UNAVAILABLE', from === 'PATH' ? `no ${name} on the PATH` : `no ${name} in the packages`);
}

/** PostgreSQL keeps `…/lib/postgresql/18/bin` and `…/share/postgresql/18/extension` (Debian), or `bin` and `share` side by side. */
function extensionVersion(server: string, extension: string): string {
  const prefix = dirname(dirname(server));
  const candidates = [join(prefix, 'share'), join(prefix, '../../../share/postgresql', basename(prefix))];
  const [control] = candidates.flatMap(cwd =>
    globSync(`**/extension/${extension}.control`, { cwd }).map(file => join(cwd, file)),
  );
  if (!control) throw new ServerError('UNAVAILABLE', `${server} has no extension ${extension}`);
  const version = /^default_version *= *'(.*)'/m.exec(readFileSync(control, 'utf8'))?.[1] ?? '';
  return `${extension} ${version}`;
}

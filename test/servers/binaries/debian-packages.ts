import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command.ts';
import { ServerError } from '../server-error.ts';
import { debianMirrors } from './debian-mirrors.ts';
import { withProgress } from './progress.ts';

/** Debian packages of one release, with everything that they depend on. */
export interface Closure {
  /** For messages. */
  name: string;
  /** The Debian release: `bookworm`, `sid`. */
  suite: string;
  packages: readonly string[];
}

/** Debian's own key ring, where its package `debian-archive-keyring` puts it. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Downloads the packages and unpacks them below `root`, with apt but without installing: apt gets a state of its own in
 * `scratch` and believes that nothing is installed. Needs no root and changes nothing on the machine.
 *
 * @throws {ServerError} `UNAVAILABLE` if the machine's apt knows no Debian archive that has them.
 */
export async function unpackPackages(closure: Closure, root: string, scratch: string): Promise<void> {
  const apt = privateApt(scratch);
  await updateFromAnyMirror(closure.suite, scratch, apt);
  const install = ['install', '--yes', '--no-install-recommends', ...closure.packages];
  const plan = await apt(['--print-uris', ...install]);
  const expected = /Need to get ([\d.,]+ \w+)/.exec(plan)?.[1];
  const archives = join(scratch, 'archives');
  await withProgress(closure.name, archives, apt(['--download-only', ...install]), expected);
  for (const file of readdirSync(archives).filter(name => name.endsWith('.deb'))) {
    await runCommand({ file: 'dpkg-deb', args: ['--extract', join(archives, file), root] });
  }
}

type Apt = (args: readonly string[]) => Promise<string>;

function privateApt(scratch: string): Apt {
  for (const folder of ['lists/partial', 'archives/partial', 'preferences.d'])
    mkdirSync(join(scratch, folder), { recursive: true });
  writeFileSync(join(scratch, 'status'), '');
  const settings = {
    'Dir::State': scratch,
    'Dir::State::lists': join(scratch, 'lists'),
    'Dir::State::status': join(scratch, 'status'),
    'Dir::Cache': scratch,
    'Dir::Cache::archives': join(scratch, 'archives'),
    'Dir::Etc::sourcelist': join(scratch, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': join(scratch, 'preferences.d'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Debug::NoLocking': 'true',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return args => runCommand({ file: 'apt-get', args: [...options, ...args] }, { env: { LC_ALL: 'C' } });
}

async function updateFromAnyMirror(suite: string, scratch: string, apt: Apt): Promise<void> {
  const failures: unknown[] = [];
  for (const mirror of await debianMirrors()) {
    writeFileSync(join(scratch, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    try {
      await apt(['update', '--error-on=any']);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  const cause = new AggregateError(failures);
  throw new ServerError('UNAVAILABLE', `this machine's apt knows no archive that has Debian ${suite}`, { cause });
}

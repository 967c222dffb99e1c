import { chmodSync, globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ServerError } from '../server-error.ts';

/** Where Debian keeps libraries; the last three are found on an installed Debian by a setting or by the program itself. */
const libraries = '{usr/lib,lib}/*-linux-gnu*{,/blas,/lapack}';
const privateLibraries = 'usr/lib/postgresql/*/lib';

/**
 * Makes a program run with the C library of its own packages instead of the machine's, which may be older: a script
 * takes its place and starts it through the packages' loader (ld.so(8), `--library-path`).
 *
 * @param unpacked where the packages are now.
 * @param root where they will be when the program runs.
 * @param program path below the root.
 */
export function useOwnLoader(unpacked: string, root: string, program: string): void {
  const below = (pattern: string) => globSync(pattern, { cwd: unpacked }).map(path => join(root, path));
  const loader = below('{usr/lib,lib}/*-linux-gnu*/ld-linux-*.so.*')[0];
  if (!loader) throw new ServerError('UNAVAILABLE', 'the packages hold no loader for this processor');
  const path = join(unpacked, program);
  renameSync(path, `${path}.real`);
  writeFileSync(path, script(loader, [...below(libraries), ...below(privateLibraries)], join(root, `${program}.real`)));
  chmodSync(path, 0o755);
}

function script(loader: string, folders: string[], program: string): string {
  return `#!/bin/sh\nexec '${loader}' --library-path '${folders.join(':')}' --argv0 "$0" '${program}' "$@"\n`;
}

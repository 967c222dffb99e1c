import { existsSync, globSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { ServerError } from '../server-error.ts';
import { cacheFolder } from './cache-folder.ts';
import { catalog, type ClosureName, closures } from './catalog.ts';
import { unpackPackages } from './debian-packages.ts';
import type { Product } from './installation.ts';
import type { Place } from './installed.ts';
import { once } from './once.ts';
import { useOwnLoader } from './own-loader.ts';

/**
 * The place of a product's unpacked Debian packages, which are downloaded on first use (some 100 MB, 10 to 20 s).
 *
 * @throws {ServerError} `UNAVAILABLE` where apt is missing or knows no Debian archive.
 */
export async function unpacked(product: Product): Promise<Place> {
  if (!existsSync('/etc/debian_version'))
    throw new ServerError('UNAVAILABLE', 'this machine is no Debian, whose packages we could unpack');
  const root = await unpackedRoot(catalog[product].closure);
  const folders = ['usr/bin', 'usr/sbin', ...globSync('usr/lib/postgresql/*/bin', { cwd: root })];
  return { from: 'Debian packages', root, folders: folders.map(folder => join(root, folder)) };
}

function unpackedRoot(name: ClosureName): Promise<string> {
  const { suite, packages, loaded, links } = closures[name];
  const folder = join(cacheFolder(), `${name}-${process.arch}`);
  return once(folder, async unfinished => {
    const scratch = `${unfinished}.apt`;
    try {
      await unpackPackages({ name: `packages of ${name}`, suite, packages }, unfinished, scratch);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    for (const program of loaded) useOwnLoader(unfinished, folder, program);
    for (const [link, target] of links)
      if (!existsSync(join(unfinished, link))) symlinkSync(target, join(unfinished, link));
  });
}

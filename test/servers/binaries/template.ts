import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { privateFolder } from '../processes/nobody.ts';
import { runCommand } from '../processes/run-command.ts';
import { cacheFolder } from './cache-folder.ts';
import type { Installation } from './installation.ts';
import { once } from './once.ts';

/**
 * A fresh data folder for a server, made at `data`. `make` fills it the first time; later ones, in this run and the next,
 * are copies.
 *
 * @param recipe everything that decides what `make` makes, beside the server's version.
 */
export async function freshData(
  { product, version }: Installation,
  recipe: unknown,
  data: string,
  make: (data: string) => Promise<void>,
): Promise<void> {
  const hash = createHash('sha256')
    .update(JSON.stringify([recipe, process.getuid?.(), process.arch]))
    .digest('hex')
    .slice(0, 12);
  const template = await once(
    join(cacheFolder(), 'templates', `${product}-${version.replaceAll(' ', '-')}-${hash}`),
    async unfinished => {
      await make(privateFolder(join(unfinished, 'data')));
    },
  );
  await runCommand({ file: 'cp', args: ['-a', join(template, 'data'), data] });
}

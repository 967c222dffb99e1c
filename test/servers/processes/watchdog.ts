/**
 * A program: `node watchdog.ts FOLDER`, with a pipe from the test process as its standard input. When the pipe closes,
 * however the test process ended, it kills everything that works in FOLDER and removes FOLDER. It also does so for
 * folders that were abandoned because their own watchdog was killed.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { abandonedFolders } from './owner.ts';
import { killIn } from './signals.ts';

const folder = process.argv[2];
if (!folder) throw new TypeError('usage: node watchdog.ts FOLDER');

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined); // it ends with the pipe only

process.stdin.on('close', () => void cleanUp(folder)).resume();

try {
  for (const abandoned of abandonedFolders(dirname(folder))) await cleanUp(abandoned);
} catch (error) {
  console.error(error); // two watchdogs can meet in the same folder; our own matters more
}

async function cleanUp(left: string): Promise<void> {
  await killIn(left);
  rmSync(left, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * A program: `node watchdog.ts FOLDER`, with a pipe from the test process as its standard input. When the pipe closes,
 * however the test process ended, it kills everything that works in FOLDER and removes FOLDER.
 */
import { rmSync } from 'node:fs';

import { killIn } from './signals.ts';

const folder = process.argv[2];
if (!folder) throw new TypeError('usage: node watchdog.ts FOLDER');

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined); // it ends with the pipe only

process.stdin.on('close', () => void cleanUp(folder)).resume();

async function cleanUp(left: string): Promise<void> {
  await killIn(left);
  rmSync(left, { recursive: true, force: true, maxRetries: 5 });
}

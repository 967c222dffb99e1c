import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { letThrough } from './nobody.ts';
import { folderPrefix, markOwner } from './owner.ts';

let folder: string | undefined;
let serial = 0;

/**
 * A new path for a server below this process's temporary folder. The folder, and every process that works in it, is
 * gone soon after this process is, even if this one is killed by SIGKILL.
 */
export function serverFolder(name: string): string {
  folder ??= guardedFolder();
  serial += 1;
  return join(folder, `${name}-${serial}`);
}

function guardedFolder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), folderPrefix)));
  letThrough(made);
  markOwner(made, process.pid);
  guard(made);
  return made;
}

/** The watchdog leads its own session: a Ctrl-C or a kill of our process group does not reach it. */
function guard(path: string): void {
  const program = join(import.meta.dirname, 'watchdog.ts');
  const { NODE_OPTIONS: _, ...env } = process.env;
  const watchdog = spawn(process.execPath, [program, path], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
}

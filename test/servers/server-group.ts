import { mkdirSync, rmSync } from 'node:fs';

import type { Installation } from './binaries/installation.ts';
import { letThrough } from './processes/nobody.ts';
import { serverFolder } from './processes/run-folder.ts';
import { killIn } from './processes/signals.ts';
import { recordUse } from './record-use.ts';

/** Servers that were started together. They end with `stop`, with `await using`, or with this process. */
export interface ServerGroup extends AsyncDisposable {
  readonly kind: 'own';
  /** As the server says it: `15.13`. */
  readonly version: string;
  /** Where its programs came from. */
  readonly from: string;
  /** Kills all servers of the group and removes their folders. May be called twice. */
  readonly stop: () => Promise<void>;
}

/** Starts a group in a folder of its own; if a part of it does not start, stops the rest. */
export async function startGroup<T extends object>(
  installation: Installation,
  name: string,
  start: (folder: string) => Promise<T>,
): Promise<ServerGroup & T> {
  const folder = serverFolder(name);
  mkdirSync(folder);
  letThrough(folder);
  const stop = async () => {
    await killIn(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const started = await start(folder);
    recordUse({ name, version: installation.version, from: installation.from });
    return {
      kind: 'own',
      version: installation.version,
      from: installation.from,
      stop,
      [Symbol.asyncDispose]: stop,
      ...started,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

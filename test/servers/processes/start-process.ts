import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ServerError } from '../server-error.ts';
import { until } from '../until.ts';
import { type Command, type SpawnCommand, unprivileged } from './nobody.ts';

/** A server process to start. */
export interface ProcessOptions {
  /** For messages, and the name of its log. */
  name: string;
  /** The server's own folder: its working folder, by which it is found again. */
  folder: string;
  command: Command;
  /** Runs it with our rights, even root's: for our own programs, which may lie where only we can read. Default false. */
  keepsRights?: boolean;
  /** Resolves to something truthy once the server answers; asked again until then. */
  ready: () => Promise<unknown>;
}

/**
 * Starts a server and waits until it is ready. It survives neither this process nor {@link killIn} of its folder.
 *
 * @throws {ServerError} `START_FAILED`, with the end of the server's log.
 */
export async function startProcess({
  name,
  folder,
  command,
  keepsRights = false,
  ready,
}: ProcessOptions): Promise<void> {
  const log = join(folder, `${name}.log`);
  const child = spawnLogged(keepsRights ? command : unprivileged(command, folder), folder, log);
  const exited = exitOf(child);
  try {
    await Promise.race([until(ready, { what: `${name} to answer` }), exited]);
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError('START_FAILED', `${name} did not start: ${because}\n${tail(log)}`, { cause });
  }
}

function spawnLogged({ file, args, ...ids }: SpawnCommand, cwd: string, log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(file, args, { ...ids, cwd, detached: true, stdio: ['ignore', output, output] });
  child.unref();
  closeSync(output);
  return child;
}

/** Rejects when the process ends. Once the server is up nobody listens any more: tests end it when they like. */
function exitOf(child: ChildProcess): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`its process ended with ${code ?? signal}`)));
  promise.catch(() => undefined);
  return promise;
}

function tail(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n');
}

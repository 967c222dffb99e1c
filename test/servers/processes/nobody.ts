import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A program and its arguments. */
export interface Command {
  file: string;
  args: readonly string[];
}

/** A command with the user that runs it. */
export interface SpawnCommand extends Command {
  uid?: number;
  gid?: number;
}

/** The user `nobody` of Debian, Fedora, Alpine and Arch. */
const nobody = 65_534;

const isRoot = process.getuid?.() === 0;

/** Makes a folder that only the servers' user may enter: us, or `nobody` when we are root. */
export function privateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveAway(folder);
  return folder;
}

/** Hands a file to the servers' user; nothing to do when we are not root. */
export function giveAway(path: string): void {
  if (isRoot) chownSync(path, nobody, nobody);
}

/** Lets the servers' user pass through a folder of ours, without listing it. */
export function letThrough(folder: string): void {
  if (isRoot) chmodSync(folder, 0o711);
}

/** How to spawn a command so that it does not run as root, which PostgreSQL refuses. */
export function unprivileged(command: Command, ...folders: readonly string[]): SpawnCommand {
  if (!isRoot) return command;
  const reachable = [dirname(command.file), ...folders].every(othersMayEnter);
  return reachable ? { ...command, uid: nobody, gid: nobody } : withReach(command);
}

/** Root's cache and home are closed to others, so `nobody` gets root's reach (and nothing else) by a capability. */
function withReach({ file, args }: Command): Command {
  const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const reach = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { file: 'setpriv', args: [...ids, ...reach, file, ...args] };
}

function othersMayEnter(folder: string): boolean {
  const { mode, uid } = statSync(folder);
  if (uid !== nobody && (mode & 0o001) === 0) return false;
  return dirname(folder) === folder || othersMayEnter(dirname(folder));
}

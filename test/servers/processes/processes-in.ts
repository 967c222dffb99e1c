import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sep } from 'node:path';

/**
 * Ids of the living processes that work in `folder` or below it, oldest first.
 *
 * Every server here works in its own temporary folder and so does everything that it forks, which a process group does
 * not tell: PostgreSQL's backends each open a session of their own. Reads `/proc`; on systems without it the list is
 * empty.
 *
 * @param folder absolute, without symbolic links.
 */
export function processesIn(folder: string): number[] {
  return processIds()
    .filter(pid => isInside(folder, workingFolder(pid)))
    .toSorted((a, b) => a - b);
}

/** Whether a process is stopped (SIGSTOP), or gone. */
export function isStopped(pid: number): boolean {
  return ['T', 't', 'Z', 'X'].includes(stateOf(pid));
}

/** Whether a process and all its threads have ended, so that its ports are free; its parent may not have asked yet. */
export function hasEnded(pid: number): boolean {
  const threads = ofLiving(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return threads.length === 0 || (threads.length === 1 && ['Z', 'X'].includes(stateOf(pid)));
}

/** One letter of proc(5): `S` sleeps, `T` is stopped, `Z` has ended; `X` if it is gone. */
function stateOf(pid: number): string {
  const stat = ofLiving(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat?.charAt(stat.lastIndexOf(')') + 2) ?? 'X'; // the state follows the program's name
}

function processIds(): number[] {
  const entries = ofLiving(() => readdirSync('/proc')) ?? [];
  return entries.filter(entry => /^\d+$/.test(entry)).map(Number);
}

function workingFolder(pid: number): string | undefined {
  return ofLiving(() => readlinkSync(`/proc/${pid}/cwd`));
}

function isInside(folder: string, path: string | undefined): boolean {
  return path !== undefined && (path === folder || path.startsWith(folder + sep));
}

/** A process can end, or turn out to be another user's, while we look at it: then there is no answer. */
function ofLiving<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
  );
}

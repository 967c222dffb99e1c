import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'owner';

/** Every temporary folder of test servers starts like this. */
export const folderPrefix = 'mikro-kit-servers-';

/** Notes that a process owns a folder. Its start time is noted too, for process ids come again. */
export function markOwner(folder: string, pid: number): void {
  writeFileSync(join(folder, fileName), `${pid} ${startTime(pid)}`);
}

/** Folders of our user in `parent` whose owner has ended; their watchdog was killed too, or they would not be there. */
export function abandonedFolders(parent: string): string[] {
  return globSync(`${folderPrefix}*`, { cwd: parent })
    .map(name => join(parent, name))
    .filter(folder => statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.() && !isOwned(folder));
}

/** A folder that says nothing, or is gone meanwhile, is left to whoever makes or removes it just now. */
function isOwned(folder: string): boolean {
  const note = join(folder, fileName);
  if (!existsSync(note)) return true;
  const [pid, started] = readFileSync(note, 'utf8').split(' ');
  return started === undefined || startTime(Number(pid)) === started;
}

/** Clock ticks since boot, from proc(5): the 22nd field, the 20th after the name. */
function startTime(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) ? (readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '') : 'unknown';
}

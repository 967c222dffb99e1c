import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Linux lists its System V segments here (proc(5)); the columns that we read, by their index. */
const list = '/proc/sysvipc/shm';
const column = { id: 1, creator: 4, attached: 6 };

/**
 * Removes the System V shared memory that killed processes have left, which the kernel keeps otherwise: PostgreSQL makes
 * one small segment per data folder, and there is room for 4096 on a machine.
 */
export function removeSharedMemory(creators: ReadonlySet<number>): void {
  if (!existsSync(list)) return;
  const segments = readFileSync(list, 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/));
  for (const segment of segments) {
    const isLeft = creators.has(Number(segment[column.creator])) && segment[column.attached] === '0';
    if (isLeft) spawnSync('ipcrm', ['--shmem-id', String(segment[column.id])], { stdio: 'ignore' });
  }
}

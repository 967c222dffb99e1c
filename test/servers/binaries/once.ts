import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { until } from '../until.ts';

/** Ten minutes: the time a slow line needs for the largest download. */
const patienceMs = 600_000;

/**
 * Makes `folder` once for all processes of this machine: `make` fills a folder of another name, which gets its own name
 * when it is whole. Whoever comes meanwhile waits. The lock of a process that has died is taken over; should two
 * processes then fill at the same time, the first to end wins and nothing breaks.
 */
export async function once(folder: string, make: (unfinished: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  await until(() => existsSync(folder) || isTaken(lock), {
    what: `the lock ${lock}`,
    deadlineMs: patienceMs,
    pollMs: 100,
  });
  if (existsSync(folder)) return folder;
  try {
    await fill(folder, make);
  } finally {
    rmSync(lock, { force: true });
  }
  return folder;
}

async function fill(folder: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.${randomUUID()}`;
  try {
    mkdirSync(unfinished);
    await make(unfinished);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Whether we now hold the lock: a file with the id of the process that holds it. */
function isTaken(lock: string): boolean {
  if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

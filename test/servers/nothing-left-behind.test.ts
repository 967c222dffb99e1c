import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { describe, expect, it } from 'vitest';

import { describeWith, until } from './index.ts';
import { folderPrefix, markOwner } from './processes/owner.ts';
import { processesIn } from './processes/processes-in.ts';

function watchdog(folder: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'processes/watchdog.ts'), folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

/** A test process: starts servers, pauses one, says where they live, and waits to be killed. */
const program = `
  import { dirname } from 'node:path';
  const { postgres, redis } = await import(${JSON.stringify(`${import.meta.dirname}/index.ts`)});
  const { serverFolder } = await import(${JSON.stringify(`${import.meta.dirname}/processes/run-folder.ts`)});
  const [group] = await Promise.all([postgres({ standbys: 1 }), redis()]);
  await group.replicas[0].pause();
  console.log(dirname(serverFolder('none')));
  setInterval(() => undefined, 1000);
`;

await describeWith(['postgres', 'redis'], 'a test process that is killed by SIGKILL', () => {
  it('leaves no process, paused ones included, and no folder', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [folder = ''] = await once(createInterface(child.stdout), 'line');
    expect(processesIn(folder).length).toBeGreaterThan(5);
    child.kill('SIGKILL');
    await until(() => !existsSync(folder), { what: `${folder} to go` });
    expect(processesIn(folder)).toEqual([]);
  });
});

describe('a watchdog', () => {
  it('also clears what another left because it was killed, and nothing that is owned', async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'mikro-kit-test-')));
    const [abandoned = '', owned = '', guarded = ''] = ['abandoned', 'owned', 'guarded'].map(name => {
      const folder = join(root, folderPrefix + name);
      mkdirSync(folder);
      markOwner(folder, process.pid);
      return folder;
    });
    writeFileSync(join(abandoned, 'owner'), `${process.pid} 0`); // a process of that id, but another one
    const child = spawn('sleep', ['600'], { cwd: abandoned });
    const other = watchdog(guarded);
    await once(child, 'exit');
    await until(() => !existsSync(abandoned), { what: 'the abandoned folder to go' });
    expect([existsSync(owned), existsSync(guarded)]).toEqual([true, true]);
    other.stdin?.end();
    await once(other, 'exit');
    expect([existsSync(owned), existsSync(guarded)]).toEqual([true, false]);
    rmSync(root, { recursive: true });
  });
});

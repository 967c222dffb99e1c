import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { expect, it } from 'vitest';

import { describeWith, until } from './index.ts';
import { processesIn } from './processes/processes-in.ts';

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

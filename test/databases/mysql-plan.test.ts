import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { describeWith, mysql } from '../servers/index.ts';

await describeWith('mysql', 'a pool planned for MySQL', () => {
  it('lets the process end when the ORM is closed, also after a burst', async () => {
    await using servers = await mysql();
    const program = join(import.meta.dirname, 'work-and-close.ts');
    const options = JSON.stringify(servers.mikroOrmOptions());
    const ended = promisify(execFile)(process.execPath, [program, options], { timeout: 20_000 });
    await expect(ended).resolves.toMatchObject({ stdout: 'closed\n' });
  });
});

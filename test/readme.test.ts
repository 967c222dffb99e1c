import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { firstExample, type Example } from './readme/first-example.ts';
import { describeWith, redis } from './servers/index.ts';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(root, 'examples/.readme-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The folders whose README is tested; `.` is the repository's own. */
const folders = ['.', ...readdirSync(join(root, 'packages')).map(name => `packages/${name}`)];
const exampleOf = (name: string): Example => firstExample(readFileSync(join(root, name, 'README.md'), 'utf8'));
const fileOf = (name: string): string => join(folder, `${basename(resolve(root, name))}.ts`);

/** Where the examples that need a server find it. */
const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };

describe('the first example of each README', () => {
  it('is typed', async () => {
    for (const name of folders) writeFileSync(fileOf(name), exampleOf(name).code);
    const compilerOptions = { composite: false, noEmit: true, emitDeclarationOnly: false };
    const config = { extends: '../tsconfig.json', compilerOptions, references: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await expect(run(join(root, 'node_modules/.bin/tsc'), ['-p', folder])).resolves.toMatchObject({ stdout: '' });
  });

  it.each(folders.filter(name => !needsRedis(name)))('of %s prints what it says', printsWhatItSays);
});

await describeWith('redis', 'the first example of each README that needs Redis', () => {
  let server: Awaited<ReturnType<typeof redis>>;
  beforeAll(async () => {
    server = await redis();
    environment['REDIS_URL'] = server.primary.url;
  });
  afterAll(() => server.stop());

  it.each(folders.filter(needsRedis))('of %s prints what it says', printsWhatItSays);
});

it('the test that CONTRIBUTING shows is the one that runs', () => {
  const shown = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'))?.[1];
  const runs = readFileSync(join(root, 'test/dying-replica.test.ts'), 'utf8');
  expect(runs.slice(runs.indexOf('await describeWith'))).toBe(shown);
});

async function printsWhatItSays(name: string): Promise<void> {
  const { code, output } = exampleOf(name);
  writeFileSync(fileOf(name), code);
  const { stdout } = await run(process.execPath, [fileOf(name)], { env: environment });
  expect(stdout.trimEnd()).toBe(output);
}

function needsRedis(name: string): boolean {
  return exampleOf(name).code.includes('REDIS_URL');
}

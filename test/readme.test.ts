import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { firstExample, type Example } from './readme/first-example.ts';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(root, 'examples/.readme-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const packages = readdirSync(join(root, 'packages'));
const exampleOf = (name: string): Example =>
  firstExample(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8'));

describe('the first example of each README', () => {
  it.each(packages)('of %s prints what it says', async name => {
    const { code, output } = exampleOf(name);
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, code);
    const { stdout } = await run(process.execPath, [file], { env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout.trimEnd()).toBe(output);
  });

  it('is typed', async () => {
    for (const name of packages) writeFileSync(join(folder, `${name}.ts`), exampleOf(name).code);
    const compilerOptions = { composite: false, noEmit: true, emitDeclarationOnly: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', compilerOptions, references: [] }),
    );
    await expect(run('tsc', ['-p', folder])).resolves.toMatchObject({ stdout: '' });
  });
});

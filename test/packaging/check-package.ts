/**
 * Packs the package of the current folder as it would be published and checks the tarball: publint on its metadata,
 * attw on the types as an ESM consumer resolves them. Exits with 1 and says what is wrong.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const bin = join(import.meta.dirname, '../node_modules/.bin');
const folder = join(import.meta.dirname, '../../node_modules/.cache/packed', basename(process.cwd()));

function run(command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(' ')}\n${stdout}${stderr}\n`);
  process.exitCode = 1;
}

rmSync(folder, { recursive: true, force: true });
run('pnpm', 'pack', '--pack-destination', folder);
for (const tarball of readdirSync(folder)) {
  run(join(bin, 'publint'), join(folder, tarball), '--strict');
  run(join(bin, 'attw'), join(folder, tarball), '--profile', 'esm-only');
}

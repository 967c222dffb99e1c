import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const SECTION = /(?<=<!-- demo: written by `npm run docs` -->\n\n```text\n).*?(?=^```$)/ms;
const run = promisify(execFile);

/** The README that shows what the demo prints. */
export const readmeFile: string = join(ROOT, 'README.md');

/** Runs the demo and gives what it prints, without colours. */
export async function runDemo(): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, [join(ROOT, 'examples/cities/main.ts')], { cwd: ROOT, env });
  return stdout.trimStart();
}

/** What the README says that the demo prints. Throws when it has no such section. */
export function demoSection(readme: string): string {
  const section = SECTION.exec(readme)?.[0];
  if (section === undefined) throw new Error('The README has no section for the output of the demo.');
  return section;
}

/** The README with this output in its section. */
export function withDemoSection(readme: string, output: string): string {
  demoSection(readme);
  return readme.replace(SECTION, () => output);
}

/** The output without what differs from run to run: durations, and the width of the columns that hold them. */
export function withoutTimes(output: string): string {
  return output.replaceAll(/\d+(?:\.\d+)? ms/g, '# ms').replaceAll(/ +/g, ' ');
}

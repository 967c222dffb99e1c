/** Writes what the demo prints into the README: `npm run docs`. */
import { readFile, writeFile } from 'node:fs/promises';

import { demoSection, readmeFile, runDemo, withDemoSection, withoutTimes } from './demo-section.ts';

const readme = await readFile(readmeFile, 'utf8');
const output = await runDemo();
// Times differ in each run: that alone is no reason to change the README.
if (withoutTimes(demoSection(readme)) !== withoutTimes(output)) {
  await writeFile(readmeFile, withDemoSection(readme, output));
}

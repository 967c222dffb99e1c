/** Writes what the demo prints into the README: `npm run docs`. */
import { readFile, writeFile } from 'node:fs/promises';

import { readmeFile, runDemo, withDemoSection } from './demo-section.ts';

const readme = await readFile(readmeFile, 'utf8');
await writeFile(readmeFile, withDemoSection(readme, await runDemo()));

import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { demoSection, readmeFile, runDemo, withoutTimes } from './readme/demo-section.ts';

it('the demo prints what the README says', async () => {
  const said = demoSection(readFileSync(readmeFile, 'utf8'));
  expect(withoutTimes(await runDemo())).toBe(withoutTimes(said));
});

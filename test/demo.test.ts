import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { demoSection, readmeFile, runDemo, withoutTimes } from './readme/demo-section.ts';

const page = pathToFileURL(resolve(import.meta.dirname, '../examples/cities/data/report.html')).href;
const program = await findChromium();
const reason = program ? '' : ' (not available: there is no chromium on the PATH)';

// One run serves all tests: two at once would write to one database.
let output: string;
beforeAll(async () => {
  output = await runDemo();
});

it('the demo prints what the README says', async () => {
  const said = demoSection(await readFile(readmeFile, 'utf8'));
  expect(withoutTimes(output)).toBe(withoutTimes(said));
});

describe.skipIf(!program)(`its report, in Chromium,${reason}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    // Chromium's own sandbox does not start for root, as which containers run.
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox', '--disable-quic'] });
  });
  afterAll(() => browser?.close());

  it.each([
    ['a phone', 400],
    ['a desk', 1_200],
  ])('fits on %s, asks nobody for anything and complains of nothing', async (_screen, width) => {
    const tab = await browser.newPage({ viewport: { width, height: 800 } });
    const requests: string[] = [];
    const complaints: string[] = [];
    tab.on('request', request => requests.push(request.url()));
    tab.on('console', message => complaints.push(message.text()));
    tab.on('pageerror', error => complaints.push(error.message));
    await tab.goto(page);
    expect(await tab.getByRole('heading', { level: 2 }).count()).toBe(5);
    expect(await tab.getByText('São Paulo').isVisible()).toBe(true);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(requests).toEqual([page]);
    expect(complaints).toEqual([]);
    await tab.close();
  });
});

async function findChromium(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

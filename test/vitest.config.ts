import { resolve } from 'node:path';

import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
const sources = [{ find: /^@mikro-kit\/([\w-]+)$/, replacement: `${root}/packages/$1/src/index.ts` }];
const servers = `${root}/test/servers/global-setup.ts`;
const minutes = 60_000;

/** `unit` runs from the sources, beside them; `integration` runs what is built, as users get it, on real servers. */
export default defineConfig({
  root,
  test: {
    reporters: ['default', `${root}/test/closing-line.ts`],
    projects: [
      {
        resolve: { alias: sources },
        test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'], isolate: false, maxWorkers: '100%' },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          globalSetup: servers,
          testTimeout: 2 * minutes,
          hookTimeout: 2 * minutes,
        },
      },
    ],
  },
});

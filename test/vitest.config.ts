import { resolve } from 'node:path';

import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
const sources = [{ find: /^@mikro-kit\/([\w-]+)$/, replacement: `${root}/packages/$1/src/index.ts` }];

/** `unit` runs from the sources, beside them; `integration` runs what is built, as users get it. */
export default defineConfig({
  root,
  test: {
    projects: [
      { resolve: { alias: sources }, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
      { test: { name: 'integration', include: ['test/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});

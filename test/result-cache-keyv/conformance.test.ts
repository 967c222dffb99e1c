import { randomUUID } from 'node:crypto';

import { keyvStore } from '@mikro-kit/result-cache-keyv';
import { storeConformance } from '@mikro-kit/result-cache/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';

import { type AnyServer, anyServer, describeWithAny } from '../servers/index.ts';
import { keyvs, onPostgres, onRedis, releases } from './backends.ts';

const traits = { severalOwners: false };
/** A first call connects, and PostgreSQL's makes a table. */
const commandTimeoutMs = 5_000;

for (const release of releases) {
  const open = () => keyvStore({ keyv: () => keyvs[release](randomUUID()) });
  storeConformance({ describe, it }, `${release} in memory`, open, traits);
}

await describeWithAny('redis', 'on Redis', () => {
  let server: AnyServer;
  beforeAll(async () => void (server = await anyServer('redis')));
  afterAll(() => server?.stop());

  for (const release of releases) {
    const open = () => keyvStore({ keyv: () => onRedis(release, server.url), commandTimeoutMs });
    storeConformance({ describe, it }, `${release} and @keyv/redis`, open, traits);
  }
});

await describeWithAny('postgres', 'on PostgreSQL', () => {
  let server: AnyServer;
  beforeAll(async () => void (server = await anyServer('postgres')));
  afterAll(() => server?.stop());

  for (const release of releases) {
    const open = () => keyvStore({ keyv: () => onPostgres(release, server.url), commandTimeoutMs });
    storeConformance({ describe, it }, `${release} and @keyv/postgres`, open, traits);
  }
});

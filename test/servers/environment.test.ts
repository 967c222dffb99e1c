import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reportLine } from './environment.ts';

describe('the report of what is here', () => {
  it('says version and origin', () => {
    const own = { available: true, version: '15.1', from: 'PATH' } as const;
    expect(reportLine({ name: 'postgres', own, external: undefined })).toBe('  postgres  15.1 from PATH');
  });

  it('says loudly what is missing, why, and what to set', () => {
    const own = { available: false, because: 'no mysqld on the PATH' } as const;
    const line = reportLine({ name: 'mysql', own, external: undefined });
    expect(line).toMatch(/NOT AVAILABLE, because no mysqld on the PATH[^]*TEST_MYSQL_URL/);
  });
});

describe('a machine without apt and without servers', () => {
  let empty: string;

  beforeEach(() => {
    empty = mkdtempSync(join(tmpdir(), 'mikro-kit-empty-'));
  });
  afterEach(() => rmSync(empty, { recursive: true, force: true }));

  it('says what to set, for each server that it cannot have', () => {
    const env = { PATH: empty, XDG_CACHE_HOME: empty };
    const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], { env, encoding: 'utf8' });
    expect(stdout).toMatch(/redis +NOT AVAILABLE, because .*no redis-server on the PATH.*\n.*TEST_REDIS_URL/);
  });
});

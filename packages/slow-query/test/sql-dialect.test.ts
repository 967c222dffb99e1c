import { describe, expect, it } from 'vitest';

import { sqlDialectOf } from '../src/sql-dialect.ts';

describe('how strings are read', () => {
  it.each([
    ['MySQL and MariaDB', "'\\\\'", 'mysql'],
    ['PostgreSQL', " E'\\\\'", 'standard'],
    ['SQLite', "'\\'", 'standard'],
  ])('is learned from how %s writes a backslash', (_, quoted, dialect) => {
    expect(sqlDialectOf({ quoteValue: () => quoted })).toBe(dialect);
  });
});

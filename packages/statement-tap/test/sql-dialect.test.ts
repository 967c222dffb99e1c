import { sqlDialectOf } from '@mikro-kit/statement-tap';
import { MikroORM } from '@mikro-orm/sqlite';
import { expect, it } from 'vitest';

import { City } from './city.ts';

it.each([
  ['MySQL and MariaDB', "'\\\\'", '`x`', 'mysql'],
  ['PostgreSQL', " E'\\\\'", '"x"', 'postgres'],
  ['SQLite', "'\\'", '`x`', 'sqlite'],
])('the dialect is learned from how %s writes a backslash and a name', (_, value, name, dialect) => {
  expect(sqlDialectOf({ quoteValue: () => value, quoteIdentifier: () => name })).toBe(dialect);
});

it('SQLite is told by its own platform', async () => {
  const orm = await MikroORM.init({ entities: [City], dbName: ':memory:' });
  expect(sqlDialectOf(orm.driver.getPlatform())).toBe('sqlite');
  await orm.close();
});

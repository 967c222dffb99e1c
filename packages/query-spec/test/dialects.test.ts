import { MikroORM, StringType, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it } from 'vitest';

import { resolveField } from '../src/definition/field.ts';
import type { Dialect, Use } from '../src/dialects/dialect.ts';
import { mongodb } from '../src/dialects/mongodb.ts';
import { mariadb, mysql } from '../src/dialects/mysql.ts';
import { postgresql } from '../src/dialects/postgresql.ts';
import { sqlite } from '../src/dialects/sqlite.ts';

const Country = defineEntity({ name: 'Nation', properties: { id: p.integer().primary(), name: p.string() } });
const Thing = defineEntity({
  name: 'Thing',
  properties: {
    id: p.integer().primary(),
    plain: p.string(),
    c: p.string().collation('C'),
    german: p.string().collation('de_DE'),
    bin: p.string().collation('utf8mb4_0900_bin'),
    nopad: p.string().collation('utf8mb4_nopad_bin'),
    padded: p.string().collation('utf8mb4_bin'),
    nocase: p.string().collation('nocase'),
    at: p.datetime(),
    at3: p.datetime().length(3),
    at6: p.datetime().length(6),
    real: p.float(),
    double: p.double(),
    big: p.bigint(),
    long: p.decimal().precision(20).scale(2),
    short: p.decimal().precision(10).scale(2),
    size: p.enum(['small', 'large']),
    nation: () => p.manyToOne(Country),
  },
});

const refusal = (dialect: Dialect, path: string, use: Use, native = false): string | undefined =>
  dialect.refusal(resolveField(Thing.meta, path, '/x', native), use);

const CASES: readonly (readonly [Dialect, path: string, use: Use, reason: RegExp | undefined])[] = [
  [sqlite, 'plain', 'sort', undefined],
  [sqlite, 'nocase', 'eq', undefined],
  [sqlite, 'nocase', 'gt', /has nocase, which does not order by code point on SQLite/],
  [sqlite, 'big', 'sort', undefined],
  [sqlite, 'long', 'eq', /more than 15 digits/],
  [sqlite, 'real', 'eq', undefined],
  [postgresql, 'plain', 'eq', undefined],
  [postgresql, 'plain', 'startsWith', undefined],
  [postgresql, 'plain', 'between', /has the default collation, .*declare "C" for the column, or collation: 'native'/],
  [postgresql, 'c', 'sort', undefined],
  [postgresql, 'german', 'sort', /has de_DE/],
  [postgresql, 'at', 'sort', undefined],
  [postgresql, 'long', 'sort', undefined],
  [postgresql, 'real', 'eq', /float of four bytes/],
  [postgresql, 'real', 'isNull', undefined],
  [postgresql, 'size', 'sort', /is an enum, which PostgreSQL does not sort by code point/],
  [mysql, 'plain', 'eq', undefined],
  [mysql, 'plain', 'sort', /declare utf8mb4_0900_bin/],
  [mysql, 'padded', 'sort', /has utf8mb4_bin/],
  [mysql, 'bin', 'sort', undefined],
  [mysql, 'at', 'eq', /precision of 0, which drops the milliseconds of a Date on MySQL; declare a length of 3/],
  [mysql, 'at3', 'sort', undefined],
  [mysql, 'at6', 'sort', undefined],
  [mariadb, 'bin', 'sort', /declare utf8mb4_nopad_bin/],
  [mariadb, 'nopad', 'sort', undefined],
  [mongodb, 'plain', 'sort', undefined],
  [mongodb, 'big', 'eq', undefined],
  [mongodb, 'big', 'gt', /stored as a string in MongoDB/],
  [mongodb, 'short', 'eq', /stored as a string in MongoDB/],
  [mongodb, 'nation.name', 'eq', undefined],
  [mongodb, 'nation.name', 'sort', /of another collection/],
];

describe('a dialect refuses what it cannot keep, and says what to declare', () => {
  it.each(CASES.map(([dialect, path, use, reason]) => ({ name: dialect.name, dialect, path, use, reason })))(
    '$name: $path for $use',
    ({ dialect, path, use, reason }) => {
      expect(refusal(dialect, path, use) ?? '').toMatch(reason ?? /^$/);
    },
  );

  it("and nothing of a string where collation is 'native'", () => {
    expect([postgresql, mysql, mariadb, sqlite].map(dialect => refusal(dialect, 'german', 'sort', true))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

class TrimmedType extends StringType {
  override convertToDatabaseValue(value: string | null | undefined): string | null | undefined {
    return value?.trim();
  }
}
const Note = defineEntity({
  name: 'Note',
  properties: {
    id: p.integer().primary(),
    code: p.string().columnType('char(2)'),
    varying: p.string().columnType('character varying(5)'),
    folded: p.string().columnType('citext'),
    address: p.string().columnType('inet'),
    token: p.string().columnType('uuid'),
    ratio: p.integer().columnType('double precision'),
    trimmed: p.type(TrimmedType),
  },
});

describe('a column that does not compare texts as texts is refused, or compared natively', async () => {
  const orm = await MikroORM.init({ entities: [Note], dbName: ':memory:' });
  const meta = orm.getMetadata().get(Note);
  await orm.close();
  const reasonFor = (dialect: Dialect, path: string, use: Use, native = false): string =>
    dialect.refusal(resolveField(meta, path, '/x', native), use) ?? '';

  it.each([postgresql, mysql, mariadb])('on $name', dialect => {
    expect(reasonFor(dialect, 'code', 'eq')).toMatch(
      /^is of the column type char\(2\), which .* does not compare as text; declare varchar or text/,
    );
    expect(reasonFor(dialect, 'code', 'sort')).not.toBe('');
    expect(reasonFor(dialect, 'code', 'isNull')).toBe('');
    expect(reasonFor(dialect, 'code', 'eq', true)).toBe('');
    expect(reasonFor(dialect, 'varying', 'eq')).toBe('');
  });

  it('which on SQLite none is, and which on PostgreSQL those are that read texts as something else', () => {
    expect(reasonFor(sqlite, 'code', 'eq')).toBe('');
    expect(reasonFor(postgresql, 'folded', 'contains')).toMatch(/column type citext/);
    expect(reasonFor(postgresql, 'address', 'eq')).toMatch(/column type inet/);
  });

  it('and one of UUIDs or floats is known by its column, before discovery and after', () => {
    const kinds = [Note.meta, meta].map(each =>
      ['token', 'ratio'].map(path => resolveField(each, path, '/x').kind.name),
    );
    expect(kinds).toEqual([
      ['uuid', 'float'],
      ['uuid', 'float'],
    ]);
  });

  it.each([sqlite, postgresql, mysql, mariadb, mongodb])(
    'and so are parts of what an own type writes: $name',
    dialect => {
      expect(reasonFor(dialect, 'trimmed', 'contains')).toMatch(/written by a type of your own/);
      expect((['eq', 'in', 'isNull'] as const).map(use => reasonFor(dialect, 'trimmed', use))).toEqual(['', '', '']);
    },
  );
});

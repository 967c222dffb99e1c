import { tokenize, type SqlDialect } from '@mikro-kit/statement-tap';
import { describe, expect, it } from 'vitest';

import { fingerprintOf } from '../src/fingerprint.ts';

function fingerprint(sql: string, dialect: SqlDialect = 'postgres'): string {
  return fingerprintOf(tokenize(sql, dialect));
}

describe('a fingerprint', () => {
  it.each([
    [
      'literals',
      "select * from t where a = 'x' and b = -1.5e-3 and c = 0xff",
      'select * from t where a = ? and b = - ? and c = ?',
    ],
    ['placeholders of PostgreSQL', 'select * from t where a = $1 limit $2', 'select * from t where a = ? limit ?'],
    ['prefixed strings', "select N'x', x'ff', E'a\\'b', U&'c'", 'select ?, ?, ?, ?'],
    ['dollar quotes', 'select $$it is $1$$, $fn$ a $$ b $fn$', 'select ?, ?'],
    ['white space', 'select\n\t1  ,2', 'select ?, ?'],
    ['the case of words', 'SELECT Id FROM City', 'select id from city'],
    ['comments', 'select 1 -- one\n/* two */ + /* a /* b */ c */ 2', 'select ? + ?'],
    ['quotes that are not needed', 'select "c0".`name` from "my table"', 'select c0.name from "my table"'],
  ])('does not depend on %s', (_, sql, expected) => {
    expect(fingerprint(sql)).toBe(expected);
  });

  it.each([
    ['an in list', 'select * from t where a in (?, ?, ?)', 'select * from t where a in (?)'],
    ['an in list of literals', "select * from t where a in(1,'b') and c", 'select * from t where a in (?) and c'],
    ['an in list of tuples', 'where (a, b) in ((?, ?), (?, ?)) and c = ?', 'where (a, b) in ((?, ?)) and c = ?'],
    [
      'rows of values',
      'insert into t (a, b) values (?, ?), (?, default) returning a',
      'insert into t (a, b) values (?, ?) returning a',
    ],
    [
      'branches of a batch update',
      'update t set a = case when (id = ?) then ? when (id = ?) then ? else a end where id in (?, ?)',
      'update t set a = case when (id = ?) then ? else a end where id in (?)',
    ],
  ])('collapses %s', (_, sql, expected) => {
    expect(fingerprint(sql)).toBe(expected);
  });

  it.each([
    'select a from t where b in (select c from u where d = ?)',
    'select case when a = ? then ? when b = ? then ? end from t',
    'insert into t (a) values (?) on duplicate key update a = values (a), b = ?',
    'select coalesce(a, ?), count(*) from t where b between ? and ?',
    'select a::jsonb ->> ? from t where b @> ?',
  ])('keeps what tells statements apart: %s', sql => {
    expect(fingerprint(sql)).toBe(sql);
  });

  it('reads MySQL as MySQL does', () => {
    const sql = `select 'it\\'s secret', "also secret", _utf8mb4'x' # secret\nfrom \`t\` -- secret`;
    expect(fingerprint(sql, 'mysql')).toBe('select ?, ?, ? from t');
  });

  it('reads a backslash in a standard string as itself', () => {
    expect(fingerprint(`select 'a\\' from t where b = 'secret'`)).toBe('select ? from t where b = ?');
  });

  it.each([
    ['postgres', "select 'it''s secret"],
    ['postgres', "select E'secret\\"],
    ['postgres', 'select $$secret'],
    ['postgres', 'select /* /* */ secret'],
    ['postgres', 'select -- secret'],
    ['mysql', "select 'secret\\"],
    ['mysql', 'select "secret'],
    ['mysql', 'select /* secret'],
  ] as const)('shows nothing of a %s literal or comment that was cut: %s', (dialect, sql) => {
    expect(fingerprint(sql, dialect)).not.toContain('secret');
  });

  it('survives texts that only open things', () => {
    const sql = `select ${"'".repeat(4_001)}${'('.repeat(4_000)}`;
    expect(fingerprint(sql)).toBe('select ?');
    expect(fingerprint(`${'in ('.repeat(2_000)}${'when '.repeat(1_000)}`)).toContain('in (in (');
  });
});

it.each(['postgres', 'sqlite'] as const)(
  'what in double quotes does not look like a name is no name on %s',
  dialect => {
    const sql = 'select "id" from "city" where "name" = "alice@example.org"';
    expect(fingerprint(sql, dialect)).toBe('select id from city where name = ?');
  },
);

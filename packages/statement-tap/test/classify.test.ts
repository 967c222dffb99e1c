import { describe, expect, it } from 'vitest';

import { classify } from '../src/sql/classify.ts';

const postgres = 'postgres';
const mysql = 'mysql';

describe('kind and tables are told from the text', () => {
  it.each<[sql: string, kind: string, tables: string[], writes: string[]]>([
    ['select 1', 'read', [], []],
    ['select `u0`.* from `user` as `u0` where `u0`.`name` = ?', 'read', ['user'], []],
    ['select * from a, b as x, "c" y where a.id = b.id', 'read', ['a', 'b', 'c'], []],
    ['select * from a left join s.b on a.id = b.a inner join c using (id)', 'read', ['a', 's.b', 'c'], []],
    ['select * from (select * from a) x join (select * from b) y on true', 'read', ['a', 'b'], []],
    ['select * from (a join b on a.id = b.id)', 'read', ['a', 'b'], []],
    ['(select id from a) union all (select id from b) order by 1, 2', 'read', ['a', 'b'], []],
    ['select extract(year from x.created), trim(both from y) from a x', 'read', ['a'], []],
    ['select * from a where b is not distinct from c', 'read', ['a'], []],
    ['select "from", a.from from a', 'read', ['a'], []],
    ["select 'from b', $1 from a -- from c\n", 'read', ['a'], []],
    ['select /* from b */ * from a', 'read', ['a'], []],
    ['select * from db.main.a', 'read', ['main.a'], []],
    ['select * from a where id in (select a_id from b where exists (select 1 from c))', 'read', ['a', 'b', 'c'], []],
    ['with x as (select * from a), y (n) as (select 1 from x) select * from x join y on true', 'read', ['a'], []],
    ['with recursive t as (select 1 from a union all select 1 from t) select * from t', 'read', ['a'], []],
    ['with a as (select * from a) select * from a', 'read', ['a'], []],
    ['with x as (with a as (select 1) select * from a) select * from a', 'read', ['a'], []],
    ['select * from (with q as (select * from a) select * from q) z, b', 'read', ['a', 'b'], []],
    ['with a as (select * from b), b as (select 1) select * from a, b', 'read', ['b'], []],
    [
      'with recursive t as (select * from a) search depth first by id set o, b as (select 1) select * from t',
      'read',
      ['a'],
      [],
    ],
    ['insert into a with x as (select * from b) select * from x', 'write', ['a', 'b'], ['a']],
    ['select * from unnest(?) with ordinality as t (x, n), a', 'read', ['a'], []],
    ['table a union all table b', 'read', ['a', 'b'], []],
    ['select 1 from (select id from a union table b) q', 'read', ['a', 'b'], []],
    ['insert into a (id) table b', 'write', ['a', 'b'], ['a']],
    ['select * from only (a), only (b)', 'read', ['a', 'b'], []],
    ['delete from a using only (b) where a.id = b.id', 'write', ['a', 'b'], ['a']],
    ['update or ignore a set x = 1', 'write', ['a'], ['a']],
    ['select .5from a, b', 'read', ['a', 'b'], []],
    ['select 1e5 from a where "from" = 1', 'read', ['a'], []],
    ['select * from json_each(?) j, a', 'read', ['a'], []],
    ['select replace(x, ?, ?), coalesce(truncate(y, 2), 3) from a', 'read', ['a'], []],
    ['select * from a for update', 'read', ['a'], []],
    ['insert into a (x) values (?), (?) returning id', 'write', ['a'], ['a']],
    ['insert into a select * from b', 'write', ['a', 'b'], ['a']],
    ['insert into a (x) values (1) on conflict (x) do update set x = excluded.x', 'write', ['a'], ['a']],
    ['insert ignore into a (x) values (1) on duplicate key update x = values(x)', 'write', ['a'], ['a']],
    ['replace into a (x) values (1)', 'write', ['a'], ['a']],
    ['update a set x = (select max(y) from b)', 'write', ['a', 'b'], ['a']],
    ['update only a set x = 1 from b where a.id = b.id', 'write', ['a', 'b'], ['a']],
    ['update a join b on a.id = b.id set a.x = 1', 'write', ['a', 'b'], ['a', 'b']],
    ['update a, b set a.x = 1, b.x = 2', 'write', ['a', 'b'], ['a', 'b']],
    ['delete from a where id in (select id from b)', 'write', ['a', 'b'], ['a']],
    ['delete from a using b where a.id = b.id', 'write', ['a', 'b'], ['a']],
    ['delete a, b from a join b on a.id = b.id', 'write', ['a', 'b'], ['a', 'b']],
    ['merge into a using b on a.id = b.id when matched then delete', 'write', ['a', 'b'], ['a']],
    ['truncate table a, b', 'write', ['a', 'b'], ['a', 'b']],
    ['with x as (select 1) insert into a select * from x', 'write', ['a'], ['a']],
    ['set foreign_key_checks = 0', 'other', [], []],
    ['pragma foreign_keys = on', 'other', [], []],
    ['', 'other', [], []],
  ])('%s', (sql, kind, tables, writes) => {
    expect(classify(sql, postgres)).toMatchObject({ kind, tables, writes });
  });

  it.each([
    'with gone as (delete from a returning *) select * from gone',
    'with gone as (with old as (select 1) delete from a where id in (select * from old) returning *) select * from gone',
    'select * into b from a',
    'call recalculate()',
    'copy a from stdin',
    'do $$ begin delete from a; end $$',
    'create table b as select * from a',
    'explain analyze delete from a',
    'frobnicate a',
  ])('what may write anything is never told as a read: %s', sql => {
    expect(classify(sql, postgres)).toMatchObject({ writes: 'unknown' });
  });

  it.each(['analyze update a set x = 1', 'analyze format=json delete from a', 'begin not atomic delete from a; end'])(
    'nor on MariaDB: %s',
    sql => {
      expect(classify(sql, mysql)).toMatchObject({ kind: 'write', writes: 'unknown' });
    },
  );

  it('a function that returns rows may read any table', () => {
    expect(classify('select * from report_of(?)', postgres)).toMatchObject({ kind: 'read', tables: 'unknown' });
  });

  it.each([
    'select * from U&"\\0061"',
    'select * from rows from (f(1))',
    'lock tables a write',
    'set @q = (select 1 from b)',
  ])('is not guessed: %s', sql => {
    expect(classify(sql, postgres).tables).toBe('unknown');
  });

  it('a placeholder in the place of a table is not guessed', () => {
    expect(classify('select * from ?', postgres).tables).toBe('unknown');
  });

  it('several statements in one text are told together', () => {
    expect(classify('select * from a; update b set x = 1;', postgres)).toEqual({
      kind: 'write',
      tables: ['a', 'b'],
      writes: ['b'],
    });
  });
});

describe('transaction statements', () => {
  it.each([
    ['begin', 'begin', undefined],
    ['start transaction isolation level serializable read only', 'begin', undefined],
    ['commit', 'commit', undefined],
    ['rollback', 'rollback', undefined],
    ['savepoint "trx1"', 'savepoint', 'trx1'],
    ['release savepoint trx1', 'release', 'trx1'],
    ['release "trx1"', 'release', 'trx1'],
    ['rollback to savepoint `trx1`', 'rollback to', 'trx1'],
    ['rollback to "trx1"', 'rollback to', 'trx1'],
  ])('%s', (sql, command, savepoint) => {
    const found = classify(sql, postgres);
    expect(found).toMatchObject({ kind: 'transaction', command, tables: [], writes: [] });
    expect(found.savepoint).toBe(savepoint);
  });

  it.each([
    'truncate table a',
    'create table a (id int)',
    'lock tables a write',
    'set autocommit = 1',
    'set session AUTOCOMMIT = on, sql_mode = ?',
    'analyze table a',
    'flush tables',
    'call p()',
    '/*! truncate a */',
  ])('may be over on MySQL, and on no other database, after %s', sql => {
    expect(classify(sql, mysql).endsTransaction).toBe(true);
    expect(classify(sql, postgres).endsTransaction).toBeUndefined();
  });

  it.each(['update a set x = 1; commit', 'commit; begin', 'begin; delete from a; commit', 'rollback; delete from a'])(
    'may be over after several statements in one text: %s',
    sql => {
      expect(classify(sql, postgres).endsTransaction).toBe(true);
    },
  );

  it.each([
    'select 1',
    'with x as (select 1) update a set x = 1',
    'set names utf8mb4',
    'replace into a values (1)',
    'savepoint x',
    'begin',
    'update a set x = 1; delete from a',
    '(select 1) union (select 2)',
  ])('goes on after %s', sql => {
    expect(classify(sql, mysql).endsTransaction).toBeUndefined();
  });

  it('starting replication is not starting a transaction', () => {
    expect(classify('start replica', mysql).kind).toBe('other');
  });
});

describe('each database reads strings and comments in its own way', () => {
  it('a backslash escapes a quote on MySQL only', () => {
    expect(classify(String.raw`select '\' from b, ' from a`, mysql).tables).toEqual(['a']);
    expect(classify(String.raw`select '\' from a`, postgres).tables).toEqual(['a']);
  });

  it('a hash starts a comment on MySQL only', () => {
    expect(classify('select 1 # from b\n from a', mysql).tables).toEqual(['a']);
    expect(classify("select x #> '{b}' from a", postgres).tables).toEqual(['a']);
  });

  it('two dashes need a space on MySQL', () => {
    expect(classify('select 5--1 from a', mysql).tables).toEqual(['a']);
  });

  it('PostgreSQL nests comments', () => {
    expect(classify('/* /* */ delete from b */ select * from a', postgres)).toMatchObject({
      kind: 'read',
      tables: ['a'],
    });
  });

  it('SQLite does not', () => {
    expect(classify('/* /* */ delete from b', 'sqlite')).toMatchObject({ kind: 'write', tables: ['b'] });
  });

  it('names lose their quotes, whichever these are', () => {
    expect(classify('select * from "my ""own"" table"', postgres).tables).toEqual(['my "own" table']);
    expect(classify('select * from `my-table` join `s`.`b`', mysql).tables).toEqual(['my-table', 's.b']);
    expect(classify('select * from [my table]', 'sqlite').tables).toEqual(['my table']);
  });

  it('MySQL runs what stands in an executable comment', () => {
    expect(classify('/*! delete from a */', mysql).writes).toBe('unknown');
    expect(classify('select * from a /*M! , b */', mysql).tables).not.toEqual(['a']);
  });

  it('escape strings and dollar quotes of PostgreSQL end where they end', () => {
    expect(classify(String.raw`select E'\' from b', $q$ from 'c $q$ from a`, postgres).tables).toEqual(['a']);
  });
});

it('is linear: a megabyte of nested or unfinished text is told within a moment', () => {
  const texts = [
    '('.repeat(1e6),
    "'".repeat(1e6),
    '/*'.repeat(5e5),
    `select * from a where x in (${'?,'.repeat(5e5)}?)`,
  ];
  const started = performance.now();
  for (const text of texts) expect(classify(text, postgres).kind).toBeDefined();
  expect(performance.now() - started).toBeLessThan(10_000);
});

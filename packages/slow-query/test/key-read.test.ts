import { tokenize } from '@mikro-kit/statement-tap';
import { describe, expect, it } from 'vitest';

import { keyReadOf } from '../src/key-read.ts';

function keyRead(sql: string): unknown {
  const read = keyReadOf(tokenize(sql, 'postgres'));
  return read && { ...read, columns: Object.fromEntries(read.columns) };
}

describe('a read by key', () => {
  it.each([
    [
      'select `c0`.* from `city` as `c0` where `c0`.`country_code` in (?)',
      { table: 'city', columns: { 0: 'country_code' }, takes: 'rows' },
    ],
    [
      'select c.* from geo.city c where c.id = $1 limit $2',
      { schema: 'geo', table: 'city', columns: { 0: 'id' }, takes: 'page' },
    ],
    ['select * from city where id = ?', { table: 'city', columns: { 0: 'id' }, takes: 'rows' }],
    [
      'select count(*) from city as c where c.country_code = ?',
      { table: 'city', columns: { 0: 'country_code' }, takes: 'aggregate' },
    ],
    [
      'select n.* from note as n where (n.line_country, n.line_tag) in ((?, ?)) and n.deleted_at is null order by n.id',
      { table: 'note', columns: { 0: 'line_country', 1: 'line_tag' }, takes: 'rows' },
    ],
    [
      'select c.*, ? from city as c left join country as d on c.id = d.capital_id and d.x = ? where c.a > ? and c.b = ?',
      { table: 'city', columns: { 3: 'b' }, takes: 'rows' },
    ],
  ])('is recognised: %s', (sql, expected) => {
    expect(keyRead(sql)).toEqual(expected);
  });

  it.each([
    ['a batch', 'select * from city where country_code in (?, ?)'],
    ['an alternative', 'select * from city where id = ? or name = ?'],
    ['a negation', 'select * from city where not id = ?'],
    ['a group', 'select id from city where id = ? group by id'],
    ['a union', 'select * from city where id = ? union select * from city'],
    ['two tables', 'select * from city, country where id = ?'],
    ['a column of a joined table', 'select c.* from city as c join country as d on true where d.code = ?'],
    ['a column of nobody knows which table', 'select * from city as c join country as d on true where code = ?'],
    ['an expression', 'select * from city where lower(name) = ?'],
    ['a sum', 'select c.* from city as c where (c.a + 1) = ?'],
    ['a subquery', 'select * from (select * from city) as c where c.id = ?'],
    ['a literal', 'select * from city where id = 1'],
    ['everything', 'select * from city'],
    ['a write', 'update city set name = ? where id = ?'],
    ['nothing', ''],
  ])('is not seen in %s', (_, sql) => {
    expect(keyRead(sql)).toBeUndefined();
  });
});

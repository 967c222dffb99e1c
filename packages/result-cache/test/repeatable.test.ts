import { expect, it } from 'vitest';

import { areRepeatable, isRepeatable } from '../src/sql/repeatable.ts';

it.each([
  'select `c0`.* from `city` as `c0` where `c0`.`id` in (?, ?) order by `c0`.`name` asc limit ?',
  'select count(*) as `count` from `city` as `c0` left join (`a` as `x` inner join `b` as `y` on `x`.`i` = `y`.`i`) on (`c0`.`id` = `x`.`id`)',
  `select "c0".* from "public"."city" as "c0" where lower(name) = 'is now() the time' and ("c0"."meta"->>'a')::float8 > ?`,
  `select * from "city" where "tags" <@ ? and "meta" #>> '{a,b}' = ? and "name" = 'it"s' and "a" in ('(', ')')`,
  'select row_number() over (partition by "a" order by "b") from "c" where exists (select 1 from "d") and json_extract(x, ?) = 1',
])('%s: gives the same rows until something is written', sql => {
  expect(isRepeatable(sql)).toBe(true);
});

it.each([
  'select * from city where founded < now()',
  'select * from city where founded < current_timestamp',
  'select * from city where founded < CURRENT_DATE',
  `select * from city where founded < 'now'::timestamp`,
  'select * from city where founded < utc_timestamp',
  'select * from city where owner = user',
  'select random() from city',
  'select "my function"(id) from city',
  'select pg_catalog.lower(id) from city',
  'select @counter from city',
  `select * from city where name = 'it\\'s' or founded < now() or name = '\\''`,
  `select /* it's */ now() /* ' */ from city`,
  `select $$it's$$, now(), $$'$$ from city`,
  `select * from city where name = "it's" and founded < now() and name <> "it's"`,
  `select * from city where id > 1 # it's\n and founded < now() # '`,
  'select @`counter` from city',
  `select * from city where open && '[2000-01-01, now)'::tstzrange`,
  'select next value for ids',
])('%s: does not, or cannot be told', sql => {
  expect(isRepeatable(sql)).toBe(false);
});

it('takes values that a database reads as the time of the statement for what they are', () => {
  expect(areRepeatable([1, ' Now'])).toBe(false);
  expect(areRepeatable([['today']])).toBe(false);
  expect(areRepeatable(['{2000-01-01, "now"}'])).toBe(false);
  expect(areRepeatable(['Nowhere', 'here and now', '{1,2}', null])).toBe(true);
});

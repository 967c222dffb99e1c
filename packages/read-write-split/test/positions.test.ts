import { describe, expect, it } from 'vitest';

import { GtidSet } from '../src/positions/gtid-set.ts';
import type { LogPosition } from '../src/positions/log-positions.ts';
import { mariadbPositions } from '../src/positions/mariadb-positions.ts';
import { mongoPositions } from '../src/positions/mongo-positions.ts';
import { mysqlPositions } from '../src/positions/mysql-positions.ts';
import { postgresPositions } from '../src/positions/postgres-positions.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4b22fa47-71ca-11e1-9e33-c80aa9429562';

const formats = [postgresPositions, mysqlPositions, mariadbPositions, mongoPositions];
const parse = (text: string): LogPosition => {
  const found = formats.map(format => format.parse(text)).find(position => position !== undefined);
  if (!found) throw new Error(`not a position: ${text}`);
  return found;
};
const covers = (node: string, wanted: string): boolean => parse(node).covers(parse(wanted));

describe('a position in the log', () => {
  it.each([
    ['1/0/20', '1/0/1F', 'a later LSN'],
    ['1/0/20', '1/0/20', 'the same LSN'],
    ['1/1/0', '1/0/FFFFFFFF', 'an LSN of the next four gigabytes'],
    [`${A}:1-5`, `${A}:3`, 'a transaction inside an interval'],
    [`${A}:1-5:7,${B}:1`, `${B}:1,${A}:7`, 'sets in any order'],
    [`${A}:1-5:shop:1-9`, `${A}:shop:9`, 'a tagged transaction'],
    ['0-1-20', '0-1-20', 'the same GTID of MariaDB'],
    ['0-1-20,1-7-3', '1-7-2', 'a domain of several'],
    ['100.2', '100.1', 'an operation time of the same second'],
  ])('%s covers %s: %s', (node, wanted) => {
    expect(covers(node, wanted)).toBe(true);
  });

  it.each([
    ['1/0/1F', '1/0/20', 'an LSN that is not reached'],
    ['2/0/20', '1/0/10', 'an earlier timeline, of which the end may be lost'],
    ['1/0/20', '2/0/10', 'a timeline that this node has not followed'],
    [`${A}:1-5:7`, `${A}:6`, 'a gap'],
    [`${A}:1-5`, `${A}:4-6`, 'an interval that goes on'],
    [`${A}:1-5`, `${B}:1`, 'another server'],
    [`${A}:1-9`, `${A}:shop:1`, 'a tag'],
    ['0-1-19', '0-1-20', 'a GTID of MariaDB that is not reached'],
    ['0-2-21', '0-1-20', 'a GTID before a promotion'],
    ['0-1-20', '1-1-20', 'another domain'],
    ['99.9', '100.0', 'a later operation time'],
    ['1/0/20', '0-1-1', 'another product'],
  ])('%s does not cover %s: %s', (node, wanted) => {
    expect(covers(node, wanted)).toBe(false);
  });

  it.each([
    ['1/0/20', '1/0/1F', '1/0/20'],
    ['1/0/90', '2/0/10', '2/0/10'],
    [`${A}:1`, `${A}:2`, `${A}:1-2`],
    [`${A}:1`, `${B}:2`, `${A}:1,${B}:2`],
    ['0-1-5', '0-1-4,1-1-1', '0-1-5,1-1-1'],
    ['5.1', '4.9', '5.1'],
  ])('%s and %s are %s', (one, other, both) => {
    expect(String(parse(one).and(parse(other)))).toBe(both);
    const turned = parse(other).and(parse(one));
    expect([turned.covers(parse(both)), parse(both).covers(turned)]).toEqual([true, true]);
  });

  it.each([
    ['1/0/90', '2/0/10', '2/0/10', 'the new timeline began where the old one ended'],
    ['1/0/90', '1/0/10', '1/0/90', 'no promotion'],
    ['2/0/90', '1/0/10', '2/0/90', 'a primary that was replaced'],
    ['0-1-20', '0-2-25', '0-2-25', 'another server writes on'],
    ['0-1-20', '0-2-15', '0-1-20', 'what the promotion lost'],
    ['0-1-20', '1-9-5', '0-1-20', 'another domain'],
    [`${A}:20`, `${B}:1`, `${A}:20`, 'GTIDs of MySQL keep their names'],
  ])('%s is carried by %s as %s: %s', (wanted, primary, carried) => {
    expect(String(parse(wanted).carriedBy(parse(primary)))).toBe(carried);
  });

  it.each([
    '',
    '1/0',
    '0/0/1',
    '1/0/g',
    '1/0/123456789',
    A,
    `${A}:0`,
    `${A}:5-4`,
    `${A}:1-99999999999999999`,
    `${A}:1'; drop table users; --`,
    '0-1',
    '0-1-99999999999999999',
    '4294967296.0',
    '1/0/1 ',
    '-',
    '__proto__',
  ])('is not read from %j', text => {
    expect(formats.map(format => format.parse(text))).toEqual(formats.map(() => undefined));
  });
});

describe('a set of GTIDs', () => {
  it('is read as MySQL writes it, with line breaks, capitals and intervals that touch', () => {
    expect(String(GtidSet.parse(`${A.toUpperCase()}:1-3:4-5:9,\n${B}:1`))).toBe(`${A}:1-5:9,${B}:1`);
  });

  it('stays small by counting in the narrowest gaps', () => {
    const sparse = GtidSet.parse(`${A}:1:10:12:100`);
    expect(String(sparse?.withFewIntervals(2))).toBe(`${A}:1-12:100`);
    expect(String(sparse?.withFewIntervals(1))).toBe(`${A}:1-100`);
    expect(String(sparse?.withFewIntervals(4))).toBe(String(sparse));
  });

  it('keeps the position of a session that writes a thousand times short', () => {
    const gtids = Array.from({ length: 1_000 }, (_, n) => parse(`${A}:${n * 3 + 1}`));
    const all = gtids.reduce((sum, gtid) => sum.and(gtid));
    expect(String(all).length).toBeLessThan(120);
    expect(gtids.every(gtid => all.covers(gtid))).toBe(true);
  });
});

it('a primary of MySQL that was one before is where it stands by what others wrote since, too', async () => {
  const standing = async (executed: string, replica: number): Promise<LogPosition | undefined> =>
    (await mysqlPositions.standing(async () => [{ executed, replica, server: A }])).position;
  const primary = await standing(`${A}:1-100:102,${B}:1-50`, 0);
  const lagging = await standing(`${A}:1-102,${B}:1-49`, 1);
  const level = await standing(`${A}:1-102,${B}:1-50`, 1);
  expect([lagging, level].map(replica => primary && replica?.covers(primary))).toEqual([false, true]);
});

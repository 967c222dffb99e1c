import { stripVTControlCharacters } from 'node:util';

import { formatReport, type Figures, type Report } from '@mikro-kit/slow-query';
import { describe, expect, it } from 'vitest';

import { formatDuration } from '../src/format-duration.ts';

function figures(count: number, totalUs: number): Figures {
  const meanUs = totalUs / count;
  return { count, errors: 0, rows: 0, totalUs, meanUs, maxUs: meanUs, p50Us: meanUs, p95Us: meanUs, p99Us: meanUs };
}

const SEEN = { firstSeen: new Date(0), lastSeen: new Date(0), nodes: ['primary'] };
const REPORT: Report = {
  since: new Date(0),
  by: 'total',
  total: { ...figures(1_250, 1_000_000), errors: 3 },
  fingerprints: 2,
  statements: [
    {
      ...figures(1_200, 750_000),
      ...SEEN,
      kind: 'read',
      tables: ['city'],
      fingerprint: 'select c0.id, c0.name, c0.population from city as c0 where c0.country_code in (?)',
    },
    {
      ...figures(40, 150_000),
      ...SEEN,
      errors: 3,
      kind: 'read',
      tables: ['city'],
      shape: 'cities?country.code=&population>',
      fingerprint: 'select c0.* from city as c0 where c0.population > ?',
    },
  ],
  others: figures(10, 100_000),
  nPlusOnes: [
    {
      relation: 'Country.cities',
      times: 25,
      forks: 1,
      fingerprint: '',
      remedy: '',
      message:
        "Country.cities was loaded 25 times one by one in one EntityManager: add populate: ['cities'] to the find of Country.",
    },
  ],
};

describe('a formatted report', () => {
  it('is a table with bars, durations for people, shapes and N+1s', () => {
    expect(formatReport(REPORT, { width: 120 })).toBe(
      [
        '1,250 statements of 2 kinds in 1.00 s (p50 800 µs, p99 800 µs, 3 failed), ranked by total time',
        '',
        '            share  calls     mean      p50      p95      p99      max  statement',
        '███████▌     75 %  1,200   625 µs   625 µs   625 µs   625 µs   625 µs  select … from city where country_code in (?)',
        '█▌           15 %     40  3.75 ms  3.75 ms  3.75 ms  3.75 ms  3.75 ms  (3 failed) cities?country.code=&population>',
        '█            10 %     10  10.0 ms  10.0 ms  10.0 ms  10.0 ms  10.0 ms  others, beyond maxFingerprints',
        '',
        "N+1  Country.cities was loaded 25 times one by one in one EntityManager: add populate: ['cities'] to the find of",
        '     Country.',
      ].join('\n'),
    );
  });

  it.each([48, 60, 80, 100, 200])('keeps every line within %i characters', width => {
    const lines = formatReport(REPORT, { width }).split('\n');
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(width);
  });

  it('has no colours unless asked, and the same text with them', () => {
    const plain = formatReport(REPORT, { width: 100 });
    const coloured = formatReport(REPORT, { width: 100, colors: true });
    expect(plain).not.toContain('\u001B');
    expect(coloured).toContain('\u001B');
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it('stands when nothing ran', () => {
    const nothing: Figures = {
      count: 0,
      errors: 0,
      rows: 0,
      totalUs: 0,
      meanUs: 0,
      maxUs: 0,
      p50Us: 0,
      p95Us: 0,
      p99Us: 0,
    };
    const { since, by } = REPORT;
    const empty = formatReport({ since, by, total: nothing, fingerprints: 0, statements: [], nPlusOnes: [] });
    expect(empty).toContain('0 statements of 0 kinds in 0 µs');
  });
});

describe('a formatted duration', () => {
  it.each([
    [0, '0 µs'],
    [308.4, '308 µs'],
    [999.6, '1.00 ms'],
    [1_234, '1.23 ms'],
    [9_996, '10.0 ms'],
    [45_600_000, '45.6 s'],
    [90_000_000, '1.50 min'],
  ])('of %d µs is %s', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });
});

import { getSlowQueries } from '@mikro-kit/slow-query';
import type { MikroORM } from '@mikro-orm/sqlite';

import { Country } from '../database/entities.ts';
import { note, table, text, type Chapter } from '../report/chapter.ts';
import { measure } from '../report/measure.ts';
import { milliseconds } from '../report/milliseconds.ts';

const SOME = { limit: 25, orderBy: { code: 'asc' } } as const;

/** A loop that reads one by one, what found it, and what mends it. */
export async function whatRan(orm: MikroORM): Promise<Chapter> {
  const loop = await measure(orm, () => loadOneByOne(orm));
  const { total, statements, nPlusOnes } = getSlowQueries(orm).report({ top: 3, by: 'count' });
  const mended = await measure(orm, () => loadTogether(orm));
  return {
    title: 'What ran',
    blocks: [
      table(
        ['statement', '>count', '>p50', '>p95', '>p99'],
        statements.map(({ shape, fingerprint, count, p50Us, p95Us, p99Us }) => [
          shorten(shape ?? fingerprint),
          String(count),
          ...[p50Us, p95Us, p99Us].map(us => milliseconds(us / 1_000)),
        ]),
      ),
      text(`These are the most frequent of ${total.count} statements. No value of any row is kept.`),
      ...nPlusOnes.map(({ message }) => note(`N+1: ${message}`)),
      table(
        ['cities of 25 countries', '>statements', '>time'],
        [
          ['one by one', String(loop.statements), loop.time],
          ["with populate: ['cities']", String(mended.statements), mended.time],
        ],
      ),
      text(
        'Both make entities of the same cities, which is most of their time; a server would add its own to each statement.',
      ),
    ],
  };
}

/** The mistake that everybody makes once. */
async function loadOneByOne(orm: MikroORM): Promise<void> {
  const em = orm.em.fork();
  for (const country of await em.find(Country, { name: { $like: 'S%' } }, SOME)) await country.cities.load();
}

/** Past the cache, which knows the countries by now. */
async function loadTogether(orm: MikroORM): Promise<void> {
  await orm.em.fork().find(Country, { name: { $like: 'S%' } }, { ...SOME, populate: ['cities'], cache: false });
}

function shorten(statement: string): string {
  return statement.length > 60 ? `${statement.slice(0, 59)}…` : statement;
}

import { getResultCache } from '@mikro-kit/result-cache';
import type { MikroORM } from '@mikro-orm/sqlite';

import { Country } from '../database/entities.ts';
import { table, text, type Chapter } from '../report/chapter.ts';
import { measure } from '../report/measure.ts';

/** An annotated entity: answered from the cache, written, and fresh on the next read. */
export async function cachedCountry(orm: MikroORM): Promise<Chapter> {
  await rename(orm, 'Brazil');
  const steps: [what: string, work: () => Promise<string>][] = [
    ['read', () => readName(orm)],
    ['read 100 times', () => readOften(orm)],
    ['read 100 times past the cache', () => readOften(orm, { cache: false })],
    ['rename', () => rename(orm, 'Brasil')],
    ['read', () => readName(orm)],
    ['rename back', () => rename(orm, 'Brazil')],
    ['read', () => readName(orm)],
  ];
  const rows: string[][] = [];
  for (const [what, work] of steps) {
    const { answer, statements, time } = await measure(orm, work);
    rows.push([what, answer, String(statements), time]);
  }
  const { hits, misses, bumps } = getResultCache(orm).stats();
  return {
    title: 'Cached, and fresh after every commit',
    blocks: [
      text('Country is annotated: cacheable(Country, { expiration: 3_600_000 }). The code that reads it is unchanged.'),
      table(['what', 'answer', '>statements', '>time'], rows),
      text(`${hits} hits, ${misses} misses; ${bumps} times a write invalidated what was cached.`),
      text(
        'SQLite answers inside this process, so a hit saves a statement here and little time; with a server it saves the way to it.',
      ),
    ],
  };
}

async function readName(orm: MikroORM, options: { cache?: false } = {}): Promise<string> {
  return (await orm.em.fork().findOneOrFail(Country, { code: 'BR' }, options)).name;
}

async function readOften(orm: MikroORM, options: { cache?: false } = {}): Promise<string> {
  for (let reads = 1; reads < 100; reads++) await readName(orm, options);
  return readName(orm, options);
}

async function rename(orm: MikroORM, name: string): Promise<string> {
  const em = orm.em.fork();
  const country = await em.findOneOrFail(Country, { code: 'BR' }, { cache: false });
  country.name = name;
  await em.flush();
  return 'committed';
}

import { defineQuerySpec } from '@mikro-kit/query-spec';
import type { MikroORM } from '@mikro-orm/sqlite';

import { City } from '../database/entities.ts';
import { facts, text, type Chapter } from '../report/chapter.ts';
import { milliseconds } from '../report/milliseconds.ts';

const cityQuery = defineQuerySpec(City, { sort: ['population'], maxLimit: 1_000 });

/** Every city, page by page, the largest first. */
export async function cursorWalk(orm: MikroORM): Promise<Chapter> {
  const spec = cityQuery.fromQueryString('sort=-population&limit=1000');
  const seen = new Set<number>();
  const pageMs: number[] = [];
  let after: string | null = null;
  let rows = 0;
  let last: string | undefined;
  do {
    const asked = performance.now();
    const page = await cityQuery.page(orm.em.fork(), spec, { after });
    pageMs.push(performance.now() - asked);
    for (const { id } of page.items) seen.add(id);
    rows += page.items.length;
    last = page.items.at(-1)?.name ?? last;
    after = page.hasNextPage ? page.endCursor : null;
  } while (after !== null);
  return {
    title: 'A cursor walks them all',
    blocks: [
      facts(
        ['pages', `${pageMs.length} of 1,000 cities, by population and then by key`],
        [
          'cities seen',
          `${seen.size.toLocaleString('en')}, ${rows - seen.size} of them twice; the last one is ${last}`,
        ],
        [
          'a page took',
          `${milliseconds(median(pageMs.slice(0, 10)))} at the start, ${milliseconds(median(pageMs.slice(-10)))} at the end`,
        ],
      ),
      text('A cursor holds the last row of a page, so the last page costs what the first one does.'),
    ],
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

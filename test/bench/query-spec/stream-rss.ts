/**
 * `node stream-rss.ts FILE stream|by-hand`: walks the cities of the file, in a process that has done nothing else, and
 * prints by how many MB that process grew at most.
 */
import { defineQuerySpec } from '@mikro-kit/query-spec';

import { type Cities, openCities, ROWS } from './million-cities.ts';

const [, , file = '', way = 'stream'] = process.argv;
const BATCH = 1_000;

/** What the host's users write where they have no stream: a keyset, and an identity map that is cleared. */
async function* byHand({ orm, City }: Cities): AsyncGenerator<readonly unknown[], void, void> {
  const em = orm.em.fork();
  let [population, id] = [-1, -1];
  for (;;) {
    const $or = [{ population: { $gt: population } }, { population, id: { $gt: id } }];
    const orderBy = { population: 'asc', id: 'asc' } as const;
    const batch = await em.find(City, { population: { $gte: population }, $or }, { orderBy, limit: BATCH });
    const last = batch.at(-1);
    if (!last) return;
    [population, id] = [last.population, last.id];
    yield batch;
    em.clear();
  }
}

function byStream({ orm, City }: Cities): AsyncGenerator<readonly unknown[], void, void> {
  const query = defineQuerySpec(City, { sort: ['population'] });
  return query.stream(orm.em.fork(), query.parse({ orderBy: 'population' }), { batchSize: BATCH });
}

const cities = await openCities(file);
await cities.orm.connect();
const before = process.memoryUsage().rss;
let rows = 0;
for await (const batch of way === 'by-hand' ? byHand(cities) : byStream(cities)) rows += batch.length;
await cities.orm.close();
if (rows !== ROWS) throw new RangeError(`${rows} rows instead of ${ROWS}`);
console.log((process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20);

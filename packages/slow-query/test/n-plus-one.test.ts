import { getSlowQueries, type NPlusOne, type SlowQueries } from '@mikro-kit/slow-query';
import type { EntityManager, MikroORM } from '@mikro-orm/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import { Airport, City, COUNTRIES, Country, Note, openAtlas, Plane, Stop, Tag, Tower } from './atlas.ts';

let orm: MikroORM;
let queries: SlowQueries;

beforeAll(async () => {
  orm = await openAtlas();
  queries = getSlowQueries(orm);
});

beforeEach(() => queries.reset());
afterEach(() => vi.useRealTimers());
afterAll(() => orm.close());

/** Runs `work` in an EntityManager of its own and tells what was found by then. */
async function findingsOf(work: (em: EntityManager) => Promise<unknown>): Promise<readonly NPlusOne[]> {
  await work(orm.em.fork());
  return queries.nPlusOnes();
}

async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await work(item);
}

async function loadCities(em: EntityManager): Promise<void> {
  await eachOf(await em.find(Country, {}), country => country.cities.init());
}

function cityThroughKysely(em: EntityManager, id: number): Promise<unknown> {
  return em.getKysely<{ city: { id: number } }>().selectFrom('city').selectAll().where('id', '=', id).execute();
}

const NUMBERS = Array.from({ length: COUNTRIES }, (_, i) => i + 1);

describe('an N+1 is named after the relation that was loaded one by one', () => {
  it('a collection, with its remedy in one line', async () => {
    const found = await findingsOf(loadCities);
    expect(found).toEqual([
      {
        relation: 'Country.cities',
        times: COUNTRIES,
        forks: 1,
        fingerprint: 'select c0.* from city as c0 where c0.country_code in (?)',
        remedy: "add populate: ['cities'] to the find of Country",
        message: `Country.cities was loaded ${COUNTRIES} times one by one in one EntityManager: add populate: ['cities'] to the find of Country.`,
      },
    ]);
  });

  it('a collection with a condition that stays the same', async () => {
    const found = await findingsOf(async em =>
      eachOf(await em.find(Country, {}), country => country.cities.init({ where: { name: { $ne: 'x' } } })),
    );
    expect(found.map(({ relation }) => relation)).toEqual(['Country.cities']);
  });

  it('a collection that is loaded all at the same time', async () => {
    const found = await findingsOf(async em => {
      const countries = await em.find(Country, {});
      await Promise.all(countries.map(country => country.cities.init()));
    });
    expect(found).toMatchObject([{ relation: 'Country.cities', times: COUNTRIES }]);
  });

  it('both sides of a many-to-many relation', async () => {
    await findingsOf(async em => eachOf(await em.find(Country, {}), country => country.tags.init()));
    const found = await findingsOf(async em => eachOf(await em.find(Tag, {}), tag => tag.countries.init()));
    expect(found.map(({ relation }) => relation)).toEqual(['Country.tags', 'Tag.countries']);
  });

  it('a collection behind a composite key', async () => {
    const found = await findingsOf(async em => eachOf(await em.find(Stop, {}), stop => stop.notes.init()));
    expect(found).toMatchObject([{ relation: 'Stop.notes', remedy: "add populate: ['notes'] to the find of Stop" }]);
  });

  it('a collection whose foreign key is part of a primary key', async () => {
    const found = await findingsOf(async em => eachOf(await em.find(City, { twin: null }), city => city.stops.init()));
    expect(found).toMatchObject([{ relation: 'City.stops' }]);
  });

  it('a reference', async () => {
    const found = await findingsOf(async em => eachOf(await em.find(Airport, {}), airport => airport.country.load()));
    expect(found).toMatchObject([
      { relation: 'Airport.country', times: COUNTRIES, remedy: "add populate: ['country'] to the find of Airport" },
    ]);
  });

  it('a reference to a composite key', async () => {
    const found = await findingsOf(async em => eachOf(await em.find(Note, {}), note => note.stop.load()));
    expect(found).toMatchObject([{ relation: 'Note.stop' }]);
  });

  it('the owning side of a one-to-one relation', async () => {
    const found = await findingsOf(async em => eachOf(await em.find(Tower, {}), tower => tower.airport.load()));
    expect(found).toMatchObject([{ relation: 'Tower.airport' }]);
  });

  it('both sides of a relation that a child of a hierarchy declares', async () => {
    await findingsOf(async em => eachOf(await em.find(Airport, {}), airport => airport.planes.init()));
    const found = await findingsOf(async em => eachOf(await em.find(Plane, {}), plane => plane.home.load()));
    expect(found.map(({ relation }) => relation)).toEqual(['Airport.planes', 'Plane.home']);
  });

  it('a collection of parents that were read one by one themselves', async () => {
    const found = await findingsOf(em =>
      eachOf(NUMBERS, i => em.findOne(Country, `C${i}`, { populate: ['cities'], strategy: 'select-in' })),
    );
    expect(found.map(({ message }) => message)).toEqual([
      `Country was read ${COUNTRIES} times one by one by code in one EntityManager: read them in one statement, by a list of code.`,
      `Country.cities was loaded ${COUNTRIES} times one by one, like Country itself, in one EntityManager: use one find of Country with populate: ['cities'].`,
    ]);
  });
});

describe('an N+1 whose relation cannot be told names the entity and the column only', () => {
  it('reads by a foreign key that the other side does not map', async () => {
    const found = await findingsOf(em => eachOf(NUMBERS, i => em.find(Airport, { country: `C${i}` })));
    expect(found).toMatchObject([{ entity: 'Airport', columns: ['country_code'], times: COUNTRIES }]);
    expect(found[0]).not.toHaveProperty('relation');
  });

  it('reads by primary key that nothing refers to', async () => {
    const found = await findingsOf(em => eachOf(NUMBERS, i => em.findOne(Country, `C${i}`)));
    expect(found).toMatchObject([{ entity: 'Country', columns: ['code'] }]);
    expect(found[0]).not.toHaveProperty('relation');
  });

  it('reads by primary key that two relations may have led to', async () => {
    const found = await findingsOf(async em => {
      const airports = await em.find(Airport, {});
      await em.find(City, {});
      await eachOf(airports, airport => airport.country.load());
    });
    expect(found).toMatchObject([{ entity: 'Country', columns: ['code'] }]);
  });

  it('reads by primary key in an EntityManager that read fewer rows of the referring entity', async () => {
    const found = await findingsOf(async em => {
      await em.find(Airport, { id: 1 });
      await eachOf(NUMBERS, i => em.findOne(Country, `C${i}`));
    });
    expect(found).toMatchObject([{ entity: 'Country' }]);
  });

  it('counts and pages of a collection, which populate does not replace', async () => {
    const found = await findingsOf(async em => {
      const countries = await em.find(Country, {});
      await eachOf(countries, country => country.cities.loadCount(true));
      await eachOf(countries, country => country.cities.matching({ limit: 1 }));
    });
    expect(found).toMatchObject([
      { entity: 'City', columns: ['country_code'] },
      { entity: 'City', columns: ['country_code'] },
    ]);
  });
});

describe('what is no N+1 is not reported', () => {
  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['a populated relation', em => em.find(Country, {}, { populate: ['cities', 'tags'] })],
    ['a lookup by an unrelated column', em => eachOf(NUMBERS, i => em.findOne(City, { name: `city ${i}` }))],
    ['a lookup in one country', em => eachOf(NUMBERS, i => em.find(City, { country: 'C1', name: `city ${i}` }))],
    ['one key that is read again and again', em => eachOf(NUMBERS, () => em.find(City, { country: 'C1' }))],
    ['batches', em => eachOf(NUMBERS, i => em.find(City, { country: [`C${i}`, 'C1'] }))],
    ['pages', em => eachOf(NUMBERS, i => em.find(City, { country: 'C1' }, { limit: 1, offset: i }))],
    ['writes by key', em => eachOf(NUMBERS, i => em.nativeUpdate(City, { id: i }, { name: 'x' }))],
    [
      'a key that is written into raw SQL',
      em => eachOf(NUMBERS, i => em.execute(`select * from city where id = ${i}`)),
    ],
    ['what runs through Kysely', em => eachOf(NUMBERS, i => cityThroughKysely(em, i))],
    ['fewer than five', em => eachOf(NUMBERS.slice(4), i => em.findOne(Country, `C${i}`))],
  ])('%s', async (_, work) => {
    expect(await findingsOf(work)).toEqual([]);
  });

  it('the same key read in many EntityManagers, once in each', async () => {
    await eachOf(NUMBERS, i => orm.em.fork().findOne(Country, `C${i}`));
    expect(queries.nPlusOnes()).toEqual([]);
  });

  it('reads with pauses of more than ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const em = orm.em.fork();
    for (const i of NUMBERS) {
      await em.findOne(Country, `C${i}`);
      vi.setSystemTime(Date.now() + 10_001);
    }
    expect(queries.nPlusOnes()).toEqual([]);
  });
});

describe('an N+1 is told', () => {
  it('once, when it reaches the limit, and counted on', async () => {
    const told: NPlusOne[] = [];
    const stop = queries.on('nPlusOne', nPlusOne => told.push(nPlusOne));
    await findingsOf(loadCities);
    const found = await findingsOf(loadCities);
    stop();
    expect(told).toMatchObject([{ relation: 'Country.cities', times: 5, forks: 1 }]);
    expect(found).toMatchObject([{ relation: 'Country.cities', times: COUNTRIES, forks: 2 }]);
  });

  it('with its type', () => {
    const stop = queries.on('nPlusOne', nPlusOne => {
      expectTypeOf(nPlusOne).toEqualTypeOf<NPlusOne>();
    });
    expectTypeOf(stop).toEqualTypeOf<() => void>();
    expectTypeOf(queries.nPlusOnes()).toEqualTypeOf<readonly NPlusOne[]>();
    stop();
  });
});

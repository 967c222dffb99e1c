import { QuerySpecError, defineQuerySpec } from '@mikro-kit/query-spec';
import { type EntityName, MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Asked {
  readonly prepare: (em: MikroORM['em']) => void;
  readonly parse: (input: unknown) => unknown;
}

async function prepared(query: Asked, ...entities: EntityName[]): Promise<(spec: object) => Missing> {
  const orm = await MikroORM.init({ entities, dbName: ':memory:' });
  onTestFinished(() => orm.close());
  query.prepare(orm.em);
  return spec => missingFor(query, spec);
}

/** What is to be added for a spec; nothing where it is served. */
type Missing = readonly string[] | undefined;

function missingFor({ parse }: Asked, spec: object): Missing {
  try {
    parse(spec);
    return undefined;
  } catch (error) {
    if (error instanceof QuerySpecError && error.code === 'NOT_INDEXED') {
      return error.missingIndexes.map(({ entity, code }) => `${entity} ${code}`);
    }
    throw error;
  }
}

describe('an index serves', () => {
  it('keys of several parts, by their first ones', async () => {
    const Stop = defineEntity({
      name: 'Stop',
      properties: { line: p.integer().primary(), place: p.integer().primary(), name: p.string() },
    });
    const query = defineQuerySpec(Stop, {
      requireIndexed: 'refuse',
      filter: { line: ['eq', 'gt'], place: ['eq', 'in'], name: ['eq', 'contains'] },
      sort: ['line', 'place', 'name'],
    });
    const missing = await prepared(query, Stop);
    expect(missing({ filters: { line: 5 }, orderBy: 'place DESC' })).toBeUndefined();
    expect(missing({ orderBy: ['line DESC', 'place DESC'] })).toBeUndefined();
    expect(
      missing({ filters: { line: 5, place: ['in', [1, 2]], name: ['contains', 'x'] }, orderBy: 'name' }),
    ).toBeUndefined();
    expect(missing({ filters: { place: 5 } })).toEqual(["Stop indexes: [{ properties: ['place'] }]"]);
    expect(missing({ orderBy: 'place' })).toEqual(["Stop indexes: [{ properties: ['place', 'line'] }]"]);
    expect(missing({ orderBy: ['name', 'place'] })).toEqual(["Stop indexes: [{ properties: ['name'] }]"]);
  });

  it('keys that hold a relation', async () => {
    const Line = defineEntity({ name: 'Line', properties: { id: p.integer().primary(), name: p.string() } });
    const Stop = defineEntity({
      name: 'Stop',
      properties: { line: () => p.manyToOne(Line).primary(), number: p.integer().primary() },
    });
    const query = defineQuerySpec(Stop, {
      requireIndexed: 'refuse',
      filter: { 'line.id': ['eq'], number: ['gt', 'eq'], 'line.name': ['eq'] },
      sort: ['number'],
    });
    const missing = await prepared(query, Line, Stop);
    expect(missing({})).toBeUndefined();
    expect(missing({ filters: { 'line.id': 5, number: ['>', 5] }, orderBy: 'number' })).toBeUndefined();
    expect(missing({ filters: { number: 5 } })).toEqual(["Stop indexes: [{ properties: ['number'] }]"]);
    expect(missing({ filters: { 'line.name': 'x' } })).toEqual(["Line indexes: [{ properties: ['name'] }]"]);
  });

  it('relations to a key of several parts', async () => {
    const Stop = defineEntity({
      name: 'Stop',
      properties: { line: p.integer().primary(), place: p.integer().primary(), name: p.string().index() },
    });
    const Ticket = defineEntity({
      name: 'Ticket',
      properties: { id: p.integer().primary(), stop: () => p.manyToOne(Stop), price: p.integer() },
    });
    const query = defineQuerySpec(Ticket, {
      requireIndexed: 'refuse',
      filter: { 'stop.line': ['eq'], 'stop.place': ['eq'], 'stop.name': ['eq'], price: ['eq'] },
    });
    const missing = await prepared(query, Stop, Ticket);
    expect(missing({ filters: { 'stop.line': 1, 'stop.place': 2 } })).toBeUndefined();
    expect(missing({ filters: { 'stop.line': 1 } })).toBeUndefined();
    expect(missing({ filters: { 'stop.name': 'x' } })).toBeUndefined();
    expect(missing({ filters: { 'stop.name': 'x', price: 5 } })).toEqual([
      "Ticket indexes: [{ properties: ['price', 'stop'] }]",
    ]);
  });

  it('both sides of a relation of one to one', async () => {
    const User = defineEntity({
      name: 'User',
      properties: { id: p.integer().primary(), profile: () => p.oneToOne(Profile).mappedBy('user') },
    });
    const Profile = defineEntity({
      name: 'Profile',
      properties: {
        id: p.integer().primary(),
        email: p.string().unique(),
        bio: p.string(),
        user: () => p.oneToOne(User),
      },
    });
    const users = defineQuerySpec(User, {
      requireIndexed: 'refuse',
      filter: { 'profile.email': ['eq'], 'profile.bio': ['eq'] },
    });
    const missing = await prepared(users, User, Profile);
    expect(missing({ filters: { 'profile.email': 'x' } })).toBeUndefined();
    expect(missing({ filters: { 'profile.bio': 'x' } })).toEqual(["Profile indexes: [{ properties: ['bio'] }]"]);
    const profiles = defineQuerySpec(Profile, { requireIndexed: 'refuse', filter: { 'user.id': ['eq'] } });
    expect((await prepared(profiles, User, Profile))({ filters: { 'user.id': 5 } })).toBeUndefined();
  });

  it('the key of a relation of a relation, which the first one holds', async () => {
    const Planet = defineEntity({ name: 'Planet', properties: { id: p.integer().primary() } });
    const Country = defineEntity({
      name: 'Country',
      properties: { id: p.integer().primary(), planet: () => p.manyToOne(Planet).index(false) },
    });
    const City = defineEntity({
      name: 'City',
      properties: { id: p.integer().primary(), country: () => p.manyToOne(Country) },
    });
    const query = defineQuerySpec(City, { requireIndexed: 'refuse', filter: { 'country.planet.id': ['eq'] } });
    const missing = await prepared(query, Planet, Country, City);
    expect(missing({ filters: { 'country.planet.id': 5 } })).toEqual(["Country indexes: [{ properties: ['planet'] }]"]);
  });

  it('classes of one table, with or without the column that tells them', async () => {
    const Animal = defineEntity({
      name: 'Animal',
      discriminatorColumn: 'type',
      indexes: [{ properties: ['type', 'name'] }, { properties: ['weight'] }],
      properties: { id: p.integer().primary(), type: p.string(), name: p.string(), weight: p.integer() },
    });
    const Cat = defineEntity({
      name: 'Cat',
      extends: Animal,
      discriminatorValue: 'cat',
      properties: { lives: p.integer().index() },
    });
    const Dog = defineEntity({
      name: 'Dog',
      extends: Animal,
      discriminatorValue: 'dog',
      properties: { tricks: p.integer() },
    });
    const query = defineQuerySpec(Cat, {
      requireIndexed: 'refuse',
      filter: { name: ['eq'], weight: ['eq'], lives: ['eq'] },
      sort: ['name'],
    });
    const missing = await prepared(query, Animal, Cat, Dog);
    expect(missing({ filters: { name: 'Tom' } })).toBeUndefined();
    expect(missing({ orderBy: 'name DESC' })).toBeUndefined();
    expect(missing({ filters: { lives: 7 } })).toBeUndefined();
    expect(missing({ filters: { weight: 5 }, orderBy: 'name' })).toEqual([
      "Cat indexes: [{ properties: ['weight', 'name'] }]",
    ]);
  });

  it('classes of a table each, by the table that has the column', async () => {
    const Vehicle = defineEntity({
      name: 'Vehicle',
      inheritance: 'tpt',
      properties: { id: p.integer().primary(), plate: p.string().unique(), color: p.string() },
    });
    const Truck = defineEntity({
      name: 'Truck',
      extends: Vehicle,
      properties: { load: p.integer().index() },
    });
    const query = defineQuerySpec(Truck, {
      requireIndexed: 'refuse',
      filter: { plate: ['eq'], color: ['eq'], load: ['eq'] },
    });
    const missing = await prepared(query, Vehicle, Truck);
    expect(missing({ filters: { plate: 'x' } })).toBeUndefined();
    expect(missing({ filters: { load: 5 } })).toBeUndefined();
    expect(missing({ filters: { color: 'red' } })).toEqual(["Vehicle indexes: [{ properties: ['color'] }]"]);
    expect(missing({ filters: { color: 'red', load: 5 } })).toEqual([]);
  });

  it('nothing of a view, unless it is declared', async () => {
    const Total = defineEntity({
      name: 'Total',
      view: true,
      expression: 'select 1 as id, 2 as amount',
      properties: { id: p.integer().primary(), amount: p.integer() },
    });
    const options = { requireIndexed: 'refuse', filter: { id: ['eq'] }, sort: ['amount'] } as const;
    const missing = await prepared(defineQuerySpec(Total, options), Total);
    expect(missing({ orderBy: 'amount' })).toEqual(["Total indexes: [{ properties: ['amount'] }]"]);
    const assuming = defineQuerySpec(Total, { ...options, assumeIndexed: [['amount']] });
    expect((await prepared(assuming, Total))({ orderBy: 'amount' })).toBeUndefined();
  });
});

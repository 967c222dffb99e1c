import { defineQuerySpec } from '@mikro-kit/query-spec';
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';

const City = defineEntity({
  name: 'City',
  filters: { published: { name: 'published', cond: { draft: false }, default: true } },
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    country: p.string(),
    population: p.integer(),
    draft: p.boolean().default(false),
  },
});

/** What clients may ask for. Drafts are kept from them by the entity's filter, which no query switches off. */
export const cityQuery = defineQuerySpec(City, {
  filter: { name: ['eq', 'startsWith', 'icontains'], country: ['eq', 'in'], population: ['gt', 'lt', 'between'] },
  sort: ['name', 'population'],
  fields: ['name', 'country', 'population'],
  aliases: { inhabitants: 'population' },
  defaults: { orderBy: 'population DESC' },
  maxLimit: 100,
  secret: process.env['CURSOR_SECRET'] ?? 'only for this example',
});

export async function openCities(): Promise<MikroORM> {
  const orm = await MikroORM.init({ entities: [City], dbName: ':memory:' });
  await orm.schema.create();
  cityQuery.prepare(orm.em);
  await orm.em.insertMany(City, [
    { id: 1, name: 'São Paulo', country: 'BR', population: 11_450_000, draft: false },
    { id: 2, name: 'Salvador', country: 'BR', population: 2_420_000, draft: false },
    { id: 3, name: 'Santos', country: 'BR', population: 418_000, draft: false },
    { id: 4, name: 'Shanghai', country: 'CN', population: 24_870_000, draft: false },
    { id: 5, name: 'Atlantis', country: 'XX', population: 0, draft: true },
  ]);
  return orm;
}

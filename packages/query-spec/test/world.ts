import { MikroORM, type Options, defineEntity, p } from '@mikro-orm/sqlite';

export const Country = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    population: p.bigint().nullable(),
  },
});

export const City = defineEntity({
  name: 'City',
  filters: { mine: { name: 'mine', cond: { name: { $ne: 'Oslo' } }, default: false } },
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    note: p.text().nullable(),
    population: p.integer().nullable(),
    altitude: p.double().nullable(),
    area: p.decimal().precision(12).scale(2).nullable(),
    visitors: p.bigint().nullable(),
    founded: p.date().nullable(),
    updatedAt: p.datetime().nullable(),
    capital: p.boolean().default(false),
    size: p.enum(['small', 'large']).nullable(),
    tag: p.uuid().nullable(),
    slug: p.string().collation('nocase').nullable(),
    tags: p.array().nullable(),
    extra: p.json<{ mayor?: string }>().nullable(),
    secret: p.string().hidden().nullable(),
    country: () => p.manyToOne(Country).nullable(),
    sister: () => p.manyToOne(City).ref().nullable(),
    sisters: () => p.oneToMany(City).mappedBy('sister'),
  },
});

export async function openWorld(options: Options = {}): Promise<MikroORM> {
  const orm = await MikroORM.init({ entities: [City, Country], dbName: ':memory:', ...options });
  await orm.schema.create();
  return orm;
}

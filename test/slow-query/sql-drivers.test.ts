import { getSlowQueries, slowQuery } from '@mikro-kit/slow-query';
import { defineEntity, type Options, p } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MySqlDriver } from '@mikro-orm/mysql';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type AbstractSqlDriver, SqlMikroORM } from '@mikro-orm/sql';
import { expect, it } from 'vitest';

import { describeWith, mariadb, mysql, postgres } from '../servers/index.ts';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const CitySchema = defineEntity({
  name: 'City',
  properties: { id: p.integer().primary(), name: p.string(), country: () => p.manyToOne(Country) },
});
class City extends CitySchema.class {}
CitySchema.setClass(City);

for (const { name, start, driver } of [
  { name: 'postgres', start: () => postgres(), driver: PostgreSqlDriver },
  { name: 'mysql', start: () => mysql(), driver: MySqlDriver },
  { name: 'mariadb', start: () => mariadb(), driver: MariaDbDriver },
] as const) {
  await describeWith(name, `the slow-query monitor on ${name}`, () => {
    it('names the N+1, counts by fingerprint and shows no value', async () => {
      await using servers = await start();
      const options: Partial<Options<AbstractSqlDriver>> = {
        driver,
        entities: [Country, City],
        extensions: [slowQuery({ thresholdMs: 60_000 })],
        ...servers.mikroOrmOptions(),
      };
      await using orm = await SqlMikroORM.init(options);
      await orm.schema.create();
      await fill(orm.em.fork());
      const queries = getSlowQueries(orm);
      queries.reset();
      const em = orm.em.fork();
      for (const country of await em.find(Country, { name: { $like: String.raw`it's \\ secret%` } })) {
        await country.cities.load();
      }
      const { statements, nPlusOnes, total } = queries.report({ by: 'count' });
      expect(statements.map(({ count, entity }) => [entity, count])).toEqual([
        ['City', 6],
        ['Country', 1],
      ]);
      expect(nPlusOnes.map(({ relation, times }) => [relation, times])).toEqual([['Country.cities', 6]]);
      expect(total).toMatchObject({ count: 7, errors: 0 });
      expect(JSON.stringify(queries.report())).not.toContain('secret');
    });
  });
}

async function fill(em: SqlMikroORM['em']): Promise<void> {
  for (let n = 1; n <= 6; n++) {
    em.create(Country, { code: `C${n}`, name: String.raw`it's \ secret ${n}`, cities: [{ id: n, name: `city ${n}` }] });
  }
  await em.flush();
}

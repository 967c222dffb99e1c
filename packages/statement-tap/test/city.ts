import { ensureTap, statementTap, type ObservedStatement, type StatementTap } from '@mikro-kit/statement-tap';
import { defineEntity, p } from '@mikro-orm/core';
import { MikroORM, type Options } from '@mikro-orm/sqlite';

export const City = defineEntity({
  name: 'City',
  tableName: 'cities',
  properties: { id: p.integer().primary(), name: p.string(), population: p.integer().default(0) },
});

/** An ORM on an SQLite database in memory with some cities, and every statement that it sends from now on. */
export async function openCities(options: Options = {}): Promise<{
  orm: MikroORM;
  tap: StatementTap;
  seen: ObservedStatement[];
}> {
  const orm = await MikroORM.init({
    entities: [City],
    dbName: ':memory:',
    extensions: [statementTap()],
    logger: silent,
    ...options,
  });
  await orm.schema.create();
  await orm.em.fork().insertMany(
    City,
    ['Lima', 'Oslo', 'Pune'].map((name, id) => ({ id: id + 1, name })),
  );
  const seen: ObservedStatement[] = [];
  const tap = ensureTap(orm);
  tap.observe(statement => seen.push(statement));
  return { orm, tap, seen };
}

/** Kysely on the ORM's own connection, typed for the cities. */
export function kyselyOf(orm: MikroORM) {
  return orm.em.fork().getKysely<{ cities: { id: number; name: string } }>();
}

/** Warnings are the subject of a few tests, which give a logger of their own. */
function silent(): void {}

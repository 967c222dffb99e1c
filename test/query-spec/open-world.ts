import { type Database, type OpenDatabase, openDatabase } from './databases.ts';
import { cityQueryOf, entitiesOf } from './world.ts';

/** A database with the cities' tables, and their query. */
export interface World {
  readonly database: OpenDatabase;
  readonly entities: ReturnType<typeof entitiesOf>;
  readonly query: ReturnType<typeof cityQueryOf>;
}

export async function openWorld(name: Database): Promise<World> {
  const entities = entitiesOf(name);
  const database = await openDatabase(name, { entities: [entities.City, entities.Country, entities.Tag] });
  const query = cityQueryOf(entities, name);
  query.prepare(database.orm.em);
  return { database, entities, query };
}

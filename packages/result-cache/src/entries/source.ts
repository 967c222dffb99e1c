import { hash, randomUUID } from 'node:crypto';

import type { EntityMetadata, MetadataStorage, MikroORM } from '@mikro-orm/core';

import { canonical } from './canonical.ts';

/** The database of one ORM, its user and the mapping of its rows: no other database, user or build shares keys. */
export class Source {
  readonly #orm: MikroORM;
  #text: string | undefined;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Can be asked for once the metadata is there. */
  get text(): string {
    return (this.#text ??= textOf(this.#orm));
  }

  /** Another database may answer from now on. */
  forget(): void {
    this.#text = undefined;
  }
}

function textOf(orm: MikroORM): string {
  const { config, driver } = orm;
  const options = [
    config.get('host'),
    config.get('port'),
    config.get('dbName'),
    // Policies of row-level security may go by it.
    config.get('user'),
    config.get('schema'),
    config.get('timezone'),
    config.get('forceUtcTimezone'),
  ];
  const database = canonical([driver.constructor.name, config.get('clientUrl'), ...options]);
  const text = `${isPrivate(config.get('dbName')) ? randomUUID() : database}${mappingOf(orm.getMetadata())}`;
  return hash('sha256', text, 'base64url');
}

/** Only this connection sees an SQLite database that is in memory, or temporary. */
function isPrivate(dbName: string | undefined): boolean {
  return !dbName || dbName.includes(':memory:') || dbName.includes('mode=memory');
}

function mappingOf(metadata: MetadataStorage): string {
  return JSON.stringify([...metadata.getAll().values()].map(describe));
}

function describe({ className, tableName, props, discriminatorValue }: EntityMetadata): unknown {
  const columns = props.map(({ name, kind, type, runtimeType, fieldNames, customType }) => [
    name,
    kind,
    type,
    runtimeType,
    fieldNames,
    customType?.constructor.name,
  ]);
  return [className, tableName, discriminatorValue, columns];
}

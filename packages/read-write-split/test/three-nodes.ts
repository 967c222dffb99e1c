import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import {
  getReadWriteSplit,
  readWriteSplit,
  type ReadWriteSplit,
  type ReadWriteSplitOptions,
} from '@mikro-kit/read-write-split';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/sqlite';

/** Row 1 names the node whose file it is in: whoever reads it knows who answered. */
export const Marker = defineEntity({
  name: 'Marker',
  properties: { id: p.integer().primary(), node: p.string(), notes: () => p.oneToMany(Note).mappedBy('marker') },
});

const Note = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), text: p.string(), marker: () => p.manyToOne(Marker) },
});

export interface ThreeNodes {
  readonly orm: MikroORM;
  readonly split: ReadWriteSplit;
  /** The node that answers a read of a new fork, by the marker. */
  readonly whoAnswers: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** A primary and the replicas `replica-0` and `oslo`, each a SQLite file of its own; nothing is replicated. */
export function threeNodes(options: ReadWriteSplitOptions = {}, host: Partial<Options> = {}): ThreeNodes {
  const folder = mkdtempSync(join(tmpdir(), 'read-write-split-'));
  const [primary, first, oslo] = ['primary', 'replica-0', 'oslo'].map(node => writeMarker(folder, node));
  const orm = new MikroORM({
    entities: [Marker, Note],
    dbName: primary ?? '',
    replicas: [{ driverOptions: { dbName: first } }, { name: 'oslo', driverOptions: { dbName: oslo } }],
    ...host,
    extensions: [readWriteSplit({ consistency: 'sticky', balance: 'round-robin', ...options })],
  });
  return {
    orm,
    split: getReadWriteSplit(orm),
    whoAnswers: async () => (await orm.em.fork().findOneOrFail(Marker, 1)).node,
    close: async () => {
      await orm.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function writeMarker(folder: string, node: string): string {
  const file = join(folder, `${node}.db`);
  const database = new DatabaseSync(file);
  database.exec(`
    create table marker (id integer primary key, node text not null);
    create table note (id integer primary key, text text not null, marker_id integer not null);
    insert into marker values (1, '${node}');
    insert into note values (1, 'on ${node}', 1);
  `);
  database.close();
  return file;
}

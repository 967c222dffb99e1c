import { ensureTap, statementTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/sqlite';

import { defineBench, type Variant } from '../bench.ts';
import { openedInTurn } from '../opened-in-turn.ts';

const ROWS = 100;

/** What the tap adds to `em.findOne`: installed with nobody listening, and with one observer that only counts. */
export const tap = defineBench({
  name: 'tap',
  summary: 'what the statement tap adds to em.findOne of one row; SQLite in memory',
  figures: [
    { kind: 'ratio', name: 'tap_idle_vs_plain', of: 'idle', to: 'plain', control: 'control', atMost: 1.02 },
    { kind: 'ratio', name: 'tap_listener_vs_plain', of: 'listener', to: 'plain', control: 'control', atMost: 1.05 },
    { kind: 'number', name: 'tap_statements_seen_per_call', atLeast: 1, atMost: 1 },
  ],
  async open(sitting: number) {
    const cities = await openedInTurn(
      { plain: openPlain, control: openPlain, idle: openTapped, listener: openTapped },
      sitting,
    );
    const { plain, control, idle, listener } = cities;
    let seen = 0;
    ensureTap(listener.orm).observe(() => seen++);
    return {
      variants: { plain: plain.find, control: control.find, idle: idle.find, listener: listener.find },
      numbers: () => ({ tap_statements_seen_per_call: seen / listener.calls() }),
      close: async () => {
        for (const { orm } of Object.values(cities)) await orm.close();
      },
    };
  },
});

interface Cities {
  readonly orm: MikroORM;
  readonly find: Variant;
  /** How often `find` was asked for a call. */
  calls(): number;
}

const openPlain = (): Promise<Cities> => openCities([]);
const openTapped = (): Promise<Cities> => openCities([statementTap()]);

/** Cities of its own: an entity that two ORMs share would carry the metadata of the later one. */
async function openCities(extensions: NonNullable<Options['extensions']>): Promise<Cities> {
  const City = defineEntity({
    name: 'City',
    properties: { id: p.integer().primary(), name: p.string(), country: p.string(), population: p.integer() },
  });
  const orm = await MikroORM.init({ entities: [City], dbName: ':memory:', extensions });
  await orm.schema.create();
  const rows = Array.from({ length: ROWS }, (_, id) => ({
    id,
    name: `City ${id}`,
    country: 'NO',
    population: id * 1e3,
  }));
  await orm.em.fork().insertMany(City, rows);
  let calls = 0;
  const find: Variant = () => {
    const id = calls++ % ROWS;
    const em = orm.em.fork();
    return () => em.findOneOrFail(City, id);
  };
  return { orm, find, calls: () => calls };
}

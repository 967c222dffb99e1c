import { cacheable } from '@mikro-kit/result-cache';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { beforeAll, expect, it } from 'vitest';

import { tableGraph, type TableGraph } from '../src/table-graph.ts';
import { writtenDependencies } from '../src/written-dependencies.ts';

const Owner = defineEntity({ name: 'Owner', properties: { id: p.integer().primary(), name: p.string() } });
const Pet = defineEntity({
  name: 'Pet',
  properties: {
    id: p.integer().primary(),
    owner: () => p.manyToOne(Owner).deleteRule('cascade'),
    vet: () => p.manyToOne(Vet),
  },
});
const Toy = defineEntity({
  name: 'Toy',
  properties: { id: p.integer().primary(), pet: () => p.manyToOne(Pet).deleteRule('cascade') },
});
const Vet = defineEntity({ name: 'Vet', properties: { id: p.integer().primary() } });
const Log = defineEntity({ name: 'Log', properties: { id: p.integer().primary() } });
const Audited = defineEntity({
  name: 'Audited',
  properties: { id: p.integer().primary() },
  triggers: [{ name: 'audit', timing: 'after', events: ['insert'], body: 'select 1' }],
});
cacheable(Toy);

let orm: MikroORM;
let graph: TableGraph;
beforeAll(async () => {
  orm = await MikroORM.init({ dbName: ':memory:', entities: [Owner, Pet, Toy, Vet, Log, Audited] });
  graph = tableGraph(orm.getMetadata());
});

it.each<[string, string[]]>([
  ['insert into pet (id) values (1)', ['table:pet']],
  ['insert into PET (id) values (1)', ['table:pet']],
  ['insert into main.pet (id) values (1)', ['table:pet']],
  ['update `pet` set `owner_id` = 2 where `id` = 1', ['table:pet']],
  ['update `pet` set `id` = 2 where `id` = 1', ['table:pet', 'table:toy']],
  ['update pet set owner_id = (select 1 from vet where 1), id = 2 where id = 1', ['table:pet', 'table:toy']],
  ['delete from pet', ['table:pet', 'table:toy']],
  ['delete from owner where id = 1', ['table:owner', 'table:pet', 'table:toy']],
  ['insert or replace into owner (id) values (1)', ['table:owner', 'table:pet', 'table:toy']],
  ['/* insert */ delete from pet', ['table:pet', 'table:toy']],
  ['insert into pet (id) values (1); delete from pet', ['table:pet', 'table:toy']],
  ['delete from log', []],
  ['insert into audited (id) values (1)', ['all']],
  ['insert into nowhere (id) values (1)', ['all']],
  ['create table x (id int)', ['all']],
  ['frobnicate', ['all']],
])('%s: changes %j', (text, dependencies) => {
  const statement = { ...ensureTap(orm).classify(text), text };
  expect(writtenDependencies(statement, graph).toSorted()).toEqual(dependencies);
});

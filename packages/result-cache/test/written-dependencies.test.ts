import { cacheable } from '@mikro-kit/result-cache';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { beforeAll, expect, it } from 'vitest';

import { tableGraph, type TableGraph } from '../src/host/table-graph.ts';
import { changesOf } from '../src/writes/written-dependencies.ts';

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

it.each<[string, unknown[], string[]]>([
  ['insert into pet (id) values (1)', [], ['table:pet']],
  ['insert into PET (id) values (1)', [], ['table:pet']],
  ['insert into main.pet (id) values (1)', [], ['table:pet']],
  [
    'insert into pet (id) values (?) on conflict (id) do update set owner_id = 1',
    [1],
    ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy'],
  ],
  ['update `pet` set `owner_id` = 2 where `id` = 1', [], ['bulk:pet', 'table:pet']],
  ['update `pet` set `owner_id` = ? where `id` = ?', [2, 1], ['row:pet:1', 'table:pet']],
  ['update `pet` set `owner_id` = ? where `id` in (?, ?)', [2, 1, '03'], ['row:pet:1', 'row:pet:3', 'table:pet']],
  [
    'update `pet` set `owner_id` = ? where `id` = ? and (owner_id = 1 or owner_id = ?)',
    [2, 1, 3],
    ['row:pet:1', 'table:pet'],
  ],
  ['update `pet` set `owner_id` = ? where `id` = ? or `owner_id` = ?', [2, 1, 3], ['bulk:pet', 'table:pet']],
  ['update `pet` set `owner_id` = ? where `owner_id` between ? and `id` = ?', [2, 1, 3], ['bulk:pet', 'table:pet']],
  ['update `pet` set `owner_id` = ? where not `id` = ?', [2, 1], ['bulk:pet', 'table:pet']],
  ['update `pet` set `owner_id` = ? where `id` = ? + 1', [2, 1], ['bulk:pet', 'table:pet']],
  ['update `pet` set `owner_id` = ? where `id` = ?', [2, 1.5], ['bulk:pet', 'table:pet']],
  [
    'update `pet` set `owner_id` = case when (`id` = ?) then ? else `owner_id` end where `id` in (?)',
    [1, 2, 1],
    ['row:pet:1', 'table:pet'],
  ],
  [
    'update `pet` set `owner_id` = case when (`id` = ?) then ? end, `id` = case when (`id` = ?) then ? end where `id` in (?)',
    [1, 2, 1, 3, 1],
    ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy'],
  ],
  ['update `pet` set `id` = ? where `id` = ?', [2, 1], ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy']],
  [
    'update pet set owner_id = (select 1 from vet where 1), id = 2 where id = 1',
    [],
    ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy'],
  ],
  ['delete from pet', [], ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy']],
  ['delete from pet where id = ?', [7], ['bulk:toy', 'row:pet:7', 'table:pet', 'table:toy']],
  [
    'delete from owner where id = ?',
    [1],
    ['bulk:pet', 'bulk:toy', 'row:owner:1', 'table:owner', 'table:pet', 'table:toy'],
  ],
  [
    'insert or replace into owner (id) values (1)',
    [],
    ['bulk:owner', 'bulk:pet', 'bulk:toy', 'table:owner', 'table:pet', 'table:toy'],
  ],
  [
    'update or replace owner set name = ? where id = ?',
    ['a', 1],
    ['bulk:owner', 'bulk:pet', 'bulk:toy', 'table:owner', 'table:pet', 'table:toy'],
  ],
  ['truncate owner cascade', [], ['all']],
  ['/* insert */ delete from pet', [], ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy']],
  ['insert into pet (id) values (1); delete from pet', [], ['bulk:pet', 'bulk:toy', 'table:pet', 'table:toy']],
  ['insert into audited (id) values (1)', [], ['all']],
  ['insert into nowhere (id) values (1)', [], ['all']],
  ['create table x (id int)', [], ['all']],
  ['frobnicate', [], ['all']],
])('%s with %j: changes %j', (text, params, dependencies) => {
  const statement = { ...ensureTap(orm).classify(text), text, params };
  const changed = changesOf(statement, graph, 'sqlite').flatMap(change => change.dependencies);
  expect([...new Set(changed)].toSorted()).toEqual(dependencies);
});

it('counts a write to a table that no annotated entity leads to, for those who name it', () => {
  const statement = { ...ensureTap(orm).classify('delete from log'), text: 'delete from log', params: [] };
  expect(changesOf(statement, graph, 'sqlite')).toEqual([
    { table: 'table:log', dependencies: ['table:log', 'bulk:log'] },
  ]);
  expect(graph.isReachable('table:log')).toBe(false);
});

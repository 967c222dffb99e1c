import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { defineQuerySpec, type TotalKind } from '@mikro-kit/query-spec';

import { type Call, defineBench } from '../bench.ts';
import { median } from '../median.ts';
import { openedInTurn } from '../opened-in-turn.ts';
import { cursorAt } from '../query-spec/cursor-at.ts';
import {
  type Cities,
  type CitiesFile,
  countryNamed,
  makeCitiesFile,
  openCities,
  ROWS,
} from '../query-spec/million-cities.ts';
import { openNestjsPaginate } from '../query-spec/nestjs-paginate.ts';

const SITTINGS = 6;
const PARSES = 200;
const ABOVE = 5_000_000;
const run = promisify(execFile);

/** What query-spec adds to the host, against a peer, and whether its pages and streams cost what they may. */
export const querySpec = defineBench({
  name: 'query-spec',
  summary: 'queries from outside against em.find by hand and nestjs-paginate; a million rows in an SQLite file',
  effort: { sittings: SITTINGS, rounds: 300, warmUpRounds: 150 },
  figures: [
    { kind: 'ratio', name: 'find_vs_handwritten', of: 'spec', to: 'byHand', control: 'byHandAgain', atMost: 1.05 },
    { kind: 'number', name: 'vs_nestjs_paginate', unit: 'times faster', atLeast: 2 },
    { kind: 'number', name: 'vs_nestjs_paginate_control' },
    { kind: 'number', name: 'vs_nestjs_paginate_with_total', unit: 'times faster' },
    {
      kind: 'ratio',
      name: 'keyset_last_vs_first',
      of: 'keysetLast',
      to: 'keysetFirst',
      control: 'keysetFirstAgain',
      atMost: 1.5,
    },
    { kind: 'number', name: 'stream_rss_mb', unit: 'MB', atMost: 64 },
    { kind: 'number', name: 'parse_translate_us', unit: 'µs' },
    { kind: 'ratio', name: 'offset_last_vs_keyset_last', of: 'offsetLast', to: 'keysetLast', control: 'keysetLast' },
  ],
  async open(sitting: number) {
    const file = await citiesFile();
    const open = () => openCities(file.path);
    const { byHand, byHandAgain, spec, again } = await openedInTurn(
      { byHand: open, byHandAgain: open, spec: open, again: open },
      sitting,
    );
    const theirs = await openNestjsPaginate(file.path);
    const [ours, second] = [queriesOf(spec), queriesOf(again)];
    const edges = await ours.edges();
    const times = { ours: noted(), second: noted(), theirs: noted(), total: noted() };
    let turn = 0;
    const country = () => countryNamed((turn += 37));
    return {
      variants: {
        byHand: () => findByHand(byHand, country()),
        byHandAgain: () => findByHand(byHandAgain, country()),
        spec: () => ours.find(country()),
        page: () => times.ours.call(ours.pageOf(country())),
        pageAgain: () => times.second.call(second.pageOf(country())),
        pageWithTotal: () => times.total.call(ours.pageOf(country(), 'exact')),
        theirPage: () => times.theirs.call(() => theirs.page(countryNamed(turn), ABOVE)),
        keysetFirst: () => ours.page(edges.first),
        keysetFirstAgain: () => second.page(edges.first),
        keysetLast: () => ours.page(edges.last),
        offsetLast: () => ours.offset(),
      },
      numbers: () => ({
        vs_nestjs_paginate: times.theirs.median() / times.ours.median(),
        vs_nestjs_paginate_control: times.second.median() / times.ours.median(),
        vs_nestjs_paginate_with_total: times.theirs.median() / times.total.median(),
        stream_rss_mb: streamed,
        parse_translate_us: parseMicroseconds(ours.parse),
      }),
      close: async () => {
        for (const { orm } of [byHand, byHandAgain, spec, again]) await orm.close();
        await theirs.close();
        if (sitting === SITTINGS - 1) await file.remove();
      },
    };
  },
});

let made: Promise<CitiesFile> | undefined;
let streamed = 0;

/** Made once: a million rows take seconds. */
function citiesFile(): Promise<CitiesFile> {
  return (made ??= makeAndStream());
}

/** A process of its own shows its memory undisturbed. */
async function makeAndStream(): Promise<CitiesFile> {
  const file = await makeCitiesFile();
  const script = join(import.meta.dirname, '../query-spec/stream-rss.ts');
  const { stdout } = await run(process.execPath, [script, file.path]);
  streamed = Number(stdout);
  return file;
}

function findByHand({ orm, City }: Cities, country: string): Call {
  const em = orm.em.fork();
  return () =>
    em.find(
      City,
      { country, population: { $gt: ABOVE } },
      { orderBy: [{ population: 'desc' }, { id: 'asc' }], limit: 10 },
    );
}

function queriesOf({ orm, City }: Cities) {
  const query = defineQuerySpec(City, {
    filter: { country: ['eq'], population: ['gt'] },
    sort: ['population'],
    maxOffset: ROWS,
    defaultLimit: 10,
  });
  const parse = (country: string) =>
    query.parse({ filters: { country, population: ['>', ABOVE] }, orderBy: 'population DESC', limit: 10 });
  const walk = query.parse({ orderBy: 'population', limit: 10 });
  const page = (after: string | null): Call => {
    const em = orm.em.fork();
    return () => query.page(em, walk, { after });
  };
  return {
    parse,
    page,
    find(country: string): Call {
      const em = orm.em.fork();
      return () => query.find(em, parse(country));
    },
    /** What a client sends, to a page of rows. The peer counts all rows besides, and cannot be asked not to. */
    pageOf(country: string, total: TotalKind = 'none'): Call {
      const em = orm.em.fork();
      const text = `filter[country]=${country}&filter[population][gt]=${ABOVE}&sort=-population&limit=10`;
      return () => query.page(em, query.fromQueryString(text), { total });
    },
    offset(): Call {
      const em = orm.em.fork();
      return () => em.find(City, {}, { orderBy: [{ population: 'asc' }, { id: 'asc' }], limit: 10, offset: ROWS - 20 });
    },
    /** Cursors before the second and the last page. */
    async edges() {
      const { endCursor } = await query.page(orm.em.fork(), walk);
      const largest = await query.find(orm.em.fork(), query.parse({ orderBy: 'population DESC', limit: 20 }));
      const near = largest.at(-1);
      if (endCursor === null || !near) throw new RangeError('There are no cities');
      return { first: endCursor, last: cursorAt(endCursor, near) };
    },
  };
}

function noted() {
  const taken: number[] = [];
  return {
    call:
      (call: Call): Call =>
      async () => {
        const start = performance.now();
        await call();
        taken.push(performance.now() - start);
      },
    median: () => median(taken),
  };
}

function parseMicroseconds(parse: (country: string) => unknown): number {
  const start = performance.now();
  for (let i = 0; i < PARSES; i++) parse(countryNamed(i));
  return ((performance.now() - start) / PARSES) * 1_000;
}

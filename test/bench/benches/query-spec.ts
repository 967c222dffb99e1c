import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Call, defineBench } from '../bench.ts';
import { median } from '../median.ts';
import { openedInTurn } from '../opened-in-turn.ts';
import {
  type Cities,
  type CitiesFile,
  countryNamed,
  makeCitiesFile,
  openCities,
} from '../query-spec/million-cities.ts';
import { openNestjsPaginate } from '../query-spec/nestjs-paginate.ts';
import { ABOVE, findByHand, findByOffset, requestsTo } from '../query-spec/requests.ts';

const SITTINGS = 4;
const PARSES = 1_000;
const OFFSETS = 5;
/** Leaves a country a hundred cities, so that counting them is no work. */
const FAR_ABOVE = 9_980_000;
const run = promisify(execFile);

/** What query-spec adds to the host, against a peer, and whether its pages and streams cost what they may. */
export const querySpec = defineBench({
  name: 'query-spec',
  summary: 'queries from outside against em.find by hand and nestjs-paginate; a million rows in an SQLite file',
  // What is ours is a tenth of what a call runs. With single calls in turn it is out of the processor's caches each time,
  // and the host's code, which all of them run, is not: that is no process that answers requests.
  // Nor has one answered so few requests that half of its code is not compiled yet: thousands are not enough for that.
  effort: { sittings: SITTINGS, rounds: 60, warmUpRounds: 200, callsInARow: 20 },
  figures: [
    { kind: 'ratio', name: 'find_vs_handwritten', of: 'spec', to: 'byHand', control: 'byHandAgain', atMost: 1.05 },
    { kind: 'ratio', name: 'vs_nestjs_paginate', of: 'theirPage', to: 'page', control: 'pageAgain', atLeast: 2 },
    { kind: 'ratio', name: 'vs_nestjs_paginate_with_total', of: 'theirPage', to: 'total', control: 'totalAgain' },
    { kind: 'ratio', name: 'vs_nestjs_paginate_with_small_total', of: 'theirFew', to: 'few', control: 'fewAgain' },
    {
      kind: 'ratio',
      name: 'keyset_last_vs_first',
      of: 'keysetLast',
      to: 'keysetFirst',
      control: 'keysetFirstAgain',
      atMost: 1.5,
    },
    { kind: 'number', name: 'stream_rss_mb', unit: 'MB', atMost: 64 },
    { kind: 'number', name: 'stream_rss_roomy_mb', unit: 'MB' },
    { kind: 'number', name: 'by_hand_rss_roomy_mb', unit: 'MB' },
    { kind: 'number', name: 'parse_translate_us', unit: 'µs' },
    { kind: 'number', name: 'offset_last_vs_keyset_last', unit: 'times slower' },
  ],
  async open(sitting: number) {
    const file = await citiesFile();
    const open = () => openCities(file.path);
    const orms = await openedInTurn({ byHand: open, byHandAgain: open, spec: open }, sitting);
    const { byHand, byHandAgain, spec } = orms;
    const theirs = await openNestjsPaginate(file.path);
    const [first, second, ours] = [requestsTo(byHand), requestsTo(byHandAgain), requestsTo(spec)];
    const edges = await ours.edges();
    const offsets = await offsetVsKeyset(spec, ours.pageAfter(edges.last));
    let turn = 0;
    const country = () => countryNamed((turn += 37));
    return {
      variants: {
        byHand: () => findByHand(byHand, country()),
        byHandAgain: () => findByHand(byHandAgain, country()),
        spec: () => ours.find(country()),
        page: () => first.page(country(), 'none'),
        pageAgain: () => second.page(country(), 'none'),
        total: () => first.page(country(), 'exact'),
        totalAgain: () => second.page(country(), 'exact'),
        theirPage: () => theirs.page(country(), ABOVE),
        few: () => first.page(country(), 'exact', FAR_ABOVE),
        fewAgain: () => second.page(country(), 'exact', FAR_ABOVE),
        theirFew: () => theirs.page(country(), FAR_ABOVE),
        keysetFirst: () => ours.pageAfter(edges.first),
        keysetFirstAgain: () => second.pageAfter(edges.first),
        keysetLast: () => ours.pageAfter(edges.last),
      },
      numbers: () => ({
        ...file.streamed,
        parse_translate_us: parseMicroseconds(ours.parse),
        offset_last_vs_keyset_last: offsets,
      }),
      close: async () => {
        for (const { orm } of Object.values(orms)) await orm.close();
        await theirs.close();
        if (sitting === SITTINGS - 1) await file.remove();
      },
    };
  },
});

let made: ReturnType<typeof makeAndStream> | undefined;

/** Made once: a million rows take seconds. */
function citiesFile(): ReturnType<typeof makeAndStream> {
  return (made ??= makeAndStream());
}

/**
 * Node lets a heap grow that may grow, whatever is live in it. What a walk needs shows where it may not. Young objects
 * have a limit of their own, and take three times that.
 */
const SMALL_HEAP = ['--max-old-space-size=48', '--max-semi-space-size=4'];

async function makeAndStream() {
  const file = await makeCitiesFile();
  const streamed = {
    stream_rss_mb: await megabytesOf(file, 'stream', ...SMALL_HEAP),
    stream_rss_roomy_mb: await megabytesOf(file, 'stream'),
    by_hand_rss_roomy_mb: await megabytesOf(file, 'by-hand'),
  };
  return { ...file, streamed };
}

/** A process of its own shows its memory undisturbed. */
async function megabytesOf({ path }: CitiesFile, way: 'stream' | 'by-hand', ...flags: string[]): Promise<number> {
  const script = join(import.meta.dirname, '../query-spec/stream-rss.ts');
  const { stdout } = await run(process.execPath, [...flags, script, path, way]);
  return Number(stdout);
}

/** Walking to a late offset is slow and drives other pages out of the database's cache: a few calls, before all others. */
async function offsetVsKeyset(cities: Cities, keyset: Call): Promise<number> {
  const [slow, quick] = [noted(), noted()];
  for (let i = 0; i < OFFSETS; i++) {
    await slow.call(findByOffset(cities))();
    await quick.call(keyset)();
  }
  return slow.median() / quick.median();
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

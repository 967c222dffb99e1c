import { isDeepStrictEqual } from 'node:util';

import { defineQuerySpec, isQuerySpecError, serialize, shapeId } from '@mikro-kit/query-spec';
import { defineEntity, p } from '@mikro-orm/sqlite';

import { seededRandom } from '../seeded-random.ts';
import { type HostileInput, hostileInput } from './hostile-inputs.ts';

/** An input that takes longer, and three times more when it is repeated, is a finding. */
const SLOW_MS = 10;
const REPEATS = 3;

/** What a run of the fuzzer found. */
export interface FuzzResult {
  readonly runs: number;
  readonly refused: number;
  /** Inputs that were let in. */
  readonly accepted: number;
  /** The first ten, in words. */
  readonly findings: readonly string[];
  /** Below which 99.9 % stayed; one that took long counts as its fastest repetition. */
  readonly p999Ms: number;
}

/** Throws inputs at the doors: only QuerySpecError may come out, and what is let in must survive being written. */
export function fuzzQuerySpec(
  { runs, seed }: { readonly runs: number; readonly seed: number },
  onProgress: (done: number) => void = () => {},
): FuzzResult {
  const random = seededRandom(seed);
  const findings: string[] = [];
  const times = new Float64Array(runs);
  let accepted = 0;
  for (let run = 0; run < runs; run++) {
    const attack = hostileInput(random);
    const { took, outcome } = timed(attack);
    const ms = took < SLOW_MS ? took : Math.min(took, ...timesAgain(attack));
    times[run] = ms;
    if (outcome === 'accepted') accepted++;
    const finding = outcome === 'accepted' || outcome === 'refused' ? slowness(attack, ms) : outcome;
    if (finding !== undefined && findings.length < 10) findings.push(`input ${run} of seed ${seed}: ${finding}`);
    if (run % 10_000 === 0) onProgress(run);
  }
  const p999Ms = times.toSorted()[Math.floor(runs * 0.999)] ?? 0;
  return { runs, accepted, refused: runs - accepted, findings, p999Ms };
}

const City = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    population: p.integer().nullable(),
    area: p.decimal().precision(12).scale(2).nullable(),
    visitors: p.bigint().nullable(),
    founded: p.date().nullable(),
    updatedAt: p.datetime().nullable(),
    capital: p.boolean(),
    size: p.enum(['small', 'large']).nullable(),
    tag: p.uuid().nullable(),
    secret: p.string().hidden(),
    info: p.json<{ name?: string; deep?: { size?: number } }>().nullable(),
    words: p.json<string[]>().nullable(),
    sister: () => p.manyToOne(City).nullable(),
    sisters: () => p.oneToMany(City).mappedBy('sister'),
    country: () => p.manyToOne(Country).nullable(),
  },
});
const Country = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});

const EQUALITY = ['eq', 'ne', 'in', 'nin', 'isNull'] as const;
const ORDERED = [...EQUALITY, 'gt', 'gte', 'lt', 'lte', 'between', 'notBetween'] as const;
const TEXT = [...ORDERED, 'like', 'ilike', 'contains', 'startsWith', 'ieq'] as const;
const LIST = ['has', 'hasAny', 'hasAll', 'isEmpty', 'length', 'isNull'] as const;
const QUANTIFIERS = ['some', 'none', 'every', 'size'] as const;
const cities = defineQuerySpec(City, {
  filter: {
    id: ORDERED,
    name: TEXT,
    population: ORDERED,
    area: ORDERED,
    visitors: ORDERED,
    founded: ORDERED,
    updatedAt: ORDERED,
    capital: EQUALITY,
    size: EQUALITY,
    tag: ORDERED,
    'country.name': TEXT,
    'info.name': [...TEXT, 'exists'],
    'info.deep.size': [...ORDERED, 'exists'],
    words: LIST,
    sisters: QUANTIFIERS,
    'sisters.name': TEXT,
    'sisters.population': ORDERED,
    'sisters.sisters': ['none', 'some'],
    'sisters.sisters.population': ORDERED,
    'country.cities': QUANTIFIERS,
    'country.cities.words': LIST,
    'country.cities.info.name': [...TEXT, 'exists'],
  },
  types: {
    'info.name': 'string',
    'info.deep.size': 'number',
    words: 'string[]',
    'country.cities.words': 'string[]',
    'country.cities.info.name': 'string',
  },
  sort: ['name', 'population', 'country.name'],
  populate: ['country'],
  fields: ['name', 'population'],
  aliases: { alias: 'population' },
});

type Outcome = 'accepted' | 'refused' | (string & {});

function timed(attack: HostileInput): { readonly took: number; readonly outcome: Outcome } {
  const start = performance.now();
  const outcome = outcomeOf(attack);
  return { took: performance.now() - start, outcome };
}

function outcomeOf({ door, input }: HostileInput): Outcome {
  try {
    const spec = enter(door, input);
    if (!spec) return 'refused';
    shapeId(spec);
    const again = cities.parse(JSON.parse(JSON.stringify(serialize(spec))));
    return isDeepStrictEqual(again, spec)
      ? 'accepted'
      : `parse(serialize()) differs: ${JSON.stringify(serialize(spec))}`;
  } catch (error) {
    if (isQuerySpecError(error))
      return error.message.length < 2000 ? 'refused' : 'a message of more than 2,000 characters';
    return `${String(error)} at the door ${door}`;
  }
}

function enter(door: HostileInput['door'], input: unknown): ReturnType<typeof cities.parse> | undefined {
  if (door === 'validate') {
    const result = cities['~standard'].validate(input);
    return result.issues ? undefined : result.value;
  }
  return Reflect.apply(cities[door], undefined, [input]);
}

/** A machine with other work makes any input wait now and then, but not the same one each time. */
function timesAgain(attack: HostileInput): readonly number[] {
  return Array.from({ length: REPEATS }, () => timed(attack).took);
}

function slowness({ door }: HostileInput, ms: number): string | undefined {
  return ms < SLOW_MS ? undefined : `takes ${ms.toFixed(1)} ms at the door ${door}`;
}

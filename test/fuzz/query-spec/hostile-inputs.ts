import type { SeededRandom } from '../seeded-random.ts';
import { build, text, value } from './hostile-values.ts';
import { FIELDS, OPERATORS, PARAMETERS, SENSIBLE, STRANGE } from './words.ts';

/** The door that an input is for. */
export interface HostileInput {
  readonly door: 'parse' | 'fromQueryString' | 'validate';
  readonly input: unknown;
}

/** The next input: mostly of the right form with something wrong in it, sometimes of no form, sometimes huge. */
export function hostileInput(random: SeededRandom): HostileInput {
  const roll = random.next();
  if (roll < 0.45) return { door: 'parse', input: object(random) };
  if (roll < 0.9) return { door: 'fromQueryString', input: queryString(random) };
  return { door: 'validate', input: random.next() < 0.5 ? object(random) : flat(random) };
}

function object(random: SeededRandom): unknown {
  if (random.next() < 0.05) return value(random, 3);
  if (random.next() < 0.5) return { filters: filters(random, 3) };
  return build(random, 1 + random.below(3), () => {
    const parameter = random.pick(PARAMETERS);
    return [parameter, parameter === 'filters' ? filters(random, 4) : value(random, 2)];
  });
}

function filters(random: SeededRandom, depth: number): unknown {
  if (depth === 0 || random.next() < 0.05) return value(random, 2);
  return build(random, 1 + random.below(3), () => {
    const roll = random.next();
    if (roll < 0.12) return ['not', filters(random, depth - 1)];
    if (roll < 0.2) {
      const relation = random.pick(['sisters', 'country.cities', 'tags']);
      const quantifier = random.pick(['some', 'none', 'every', 'size']);
      return [relation, build(random, 1, () => [quantifier, filters(random, depth - 1)])];
    }
    if (roll < 0.35) {
      return [random.pick(['and', 'or']), Array.from({ length: random.below(4) }, () => filters(random, depth - 1))];
    }
    return random.next() < 0.7 ? sensible(random) : [name(random), condition(random)];
  });
}

/** A condition that is let in, so that the rest of what stands around it is reached. */
function sensible(random: SeededRandom): readonly [string, unknown] {
  const [field, operator, ...operands] = random.pick(SENSIBLE);
  return [field, [operator, ...operands]];
}

function condition(random: SeededRandom): unknown {
  const roll = random.next();
  if (roll < 0.3) return value(random, 1);
  if (roll < 0.7) return [random.pick(OPERATORS), ...Array.from({ length: random.below(4) }, () => value(random, 1))];
  return build(random, 1 + random.below(2), () => [random.pick(OPERATORS), value(random, 1)]);
}

function name(random: SeededRandom): string {
  return random.next() < 0.85 ? random.pick(FIELDS) : random.pick(STRANGE);
}

/** No string of Node's may have much more than 500 million, and what is far too long is refused all the same. */
const MOST_CHARACTERS = 10_000_000;

function queryString(random: SeededRandom): unknown {
  const pairs = Array.from({ length: 1 + random.below(5) }, () => pair(random));
  const joined = pairs.join(random.next() < 0.95 ? '&' : random.pick([';', '&&', '', '&=&']));
  const mutated = random.next() < 0.3 ? mutate(random, joined) : joined;
  const roll = random.next();
  if (roll < 0.02) return mutated.repeat(Math.min(10 ** random.below(4), Math.ceil(MOST_CHARACTERS / mutated.length)));
  return roll < 0.15 ? new URLSearchParams(mutated) : mutated;
}

function pair(random: SeededRandom): string {
  const roll = random.next();
  if (roll < 0.6) return `${filterKey(random)}=${encode(random, text(random))}`;
  return `${random.pick(['sort', 'limit', 'offset', 'populate', 'fields', 'where', '__proto__'])}=${encode(random, text(random))}`;
}

function filterKey(random: SeededRandom): string {
  const groups = Array.from({ length: random.below(3) }, () =>
    random.pick(['[or][0]', '[and][1]', '[not]', '[or][]', '[x]', '[sisters][some]', '[sisters][size]']),
  );
  const list = random.next() < 0.3 ? '[]' : '';
  const operator = random.next() < 0.6 ? `[${random.pick(OPERATORS)}]` : '';
  return `filter${groups.join('')}[${name(random)}]${operator}${list}`;
}

function encode(random: SeededRandom, raw: string): string {
  return random.next() < 0.8 && raw.isWellFormed() ? encodeURIComponent(raw) : raw;
}

function mutate(random: SeededRandom, made: string): string {
  const at = random.below(made.length + 1);
  const inserted = random.pick([
    '[',
    ']',
    '&',
    '=',
    '%',
    '+',
    '%00',
    '%ED%A0%80',
    '[]',
    '[__proto__]',
    '\u0000',
    '\uD800',
  ]);
  return random.next() < 0.5 ? made.slice(0, at) + inserted + made.slice(at) : made.slice(0, at) + made.slice(at + 1);
}

/** What frameworks make of a query string. */
function flat(random: SeededRandom): unknown {
  return build(random, 1 + random.below(3), () => [
    random.next() < 0.7 ? filterKey(random) : random.pick(['sort', 'limit']),
    random.next() < 0.8 ? text(random) : [text(random), text(random)],
  ]);
}

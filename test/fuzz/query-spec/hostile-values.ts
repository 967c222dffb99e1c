import type { SeededRandom } from '../seeded-random.ts';
import { OPERATORS, STRANGE, TEXTS } from './words.ts';

/** Own properties, so that `__proto__` is one too. */
export function build(random: SeededRandom, size: number, entry: () => readonly [string, unknown]): object {
  const built: object = random.next() < 0.1 ? Object.create(null) : {};
  for (let i = 0; i < size; i++) {
    const [key, content] = entry();
    Object.defineProperty(built, key, { value: content, enumerable: true, configurable: true, writable: true });
  }
  return built;
}

/** Anything, of the right type or not. */
export function value(random: SeededRandom, depth: number): unknown {
  const roll = random.next();
  if (roll < 0.35) return text(random);
  if (roll < 0.55) return number(random);
  if (roll < 0.65) return random.pick<unknown>([true, false, null, undefined]);
  if (roll < 0.8 && depth > 0) return Array.from({ length: random.below(5) }, () => value(random, depth - 1));
  if (roll < 0.9 && depth > 0) {
    return build(random, random.below(3), () => [
      random.pick(random.next() < 0.5 ? STRANGE : OPERATORS),
      value(random, depth - 1),
    ]);
  }
  return exotic(random);
}

function number(random: SeededRandom): unknown {
  return random.pick<unknown>([
    0,
    -0,
    1,
    -1,
    1.5,
    1e21,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    2n ** 70n,
    random.below(100),
  ]);
}

/** A text, sometimes of many characters. */
export function text(random: SeededRandom): string {
  const roll = random.next();
  if (roll < 0.75) return random.pick(TEXTS);
  if (roll < 0.9) return random.pick(STRANGE);
  if (roll < 0.995) return random.pick(TEXTS) + String.fromCharCode(random.below(65_536)) + random.pick(TEXTS);
  return random.pick(['a', '%', '\\', '1', ' ', '[', 'é', '-']).repeat(10 ** random.below(6));
}

function explode(): never {
  throw new Error('code of the input ran');
}

/** What JSON cannot carry but a caller inside the process can. */
function exotic(random: SeededRandom): unknown {
  const traps = {
    get: explode,
    has: explode,
    ownKeys: explode,
    getPrototypeOf: explode,
    getOwnPropertyDescriptor: explode,
  };
  switch (random.below(12)) {
    case 0:
      return new Proxy({}, traps);
    case 1:
      return new Proxy([], traps);
    case 2:
      return Object.defineProperty({}, 'name', { get: explode, enumerable: true });
    case 3:
      return new Date(random.pick([0, Number.NaN, 8.64e15]));
    case 4:
      return new Map([['name', 'a']]);
    case 5:
      return Object.assign([], { 2: 1 });
    case 6:
      return Symbol('name');
    case 7:
      return explode;
    case 8:
      return { toString: explode, valueOf: explode, toJSON: explode };
    case 9:
      return new URLSearchParams('filter[name]=a');
    case 10:
      return Array.from({ length: 10 ** random.below(5) }, (_, i) => i);
    default:
      return nested(random.pick(['and', 'not', 'or']), random.below(3000));
  }
}

function nested(key: string, depth: number): unknown {
  let inner: unknown = { name: 'a' };
  for (let i = 0; i < depth; i++) inner = { [key]: key === 'not' ? inner : [inner] };
  return { [key]: inner };
}

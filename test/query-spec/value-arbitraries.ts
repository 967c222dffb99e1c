import * as fc from 'fast-check';

/** Texts that some database or driver treats specially, and pairs that some collation takes for one. */
const TEXTS = [
  [
    '',
    ' ',
    'a',
    'A',
    'a ',
    ' a',
    'a\t',
    'ab',
    'AB',
    'aB',
    'b',
    'ä',
    'Ä',
    'a\u0308',
    'é',
    'É',
    'e',
    'E',
    'ß',
    'ss',
    'SS',
  ],
  ['ı', 'İ', 'i', 'I', 'K', 'k', '\u212A', 'ſ', 's', 'Æ', 'æ', 'Ω', 'ω', 'Я', 'я', '中', '中文', '\uD7FF', '\uE000'],
  ['\uFFFD', '😀', '😀b', '\u{10000}', '\u{10FFFF}', '\u{10FFFF}\u{10FFFF}', '\u200B', '\u00AD', '\u007F', '\u0001'],
  [
    'a\nb',
    'a\r\n',
    '\n',
    '%',
    '_',
    '\\',
    '100%_\\',
    'a%',
    'a_',
    '[a]',
    '[',
    ']',
    '*',
    '?',
    '??',
    '^',
    '$',
    '.*',
    '(',
    ')',
  ],
  ['|', '{1}', '-', '+', '#', "'", "''", '"', '`', "O'--", ':a', '$1', '$ne', '{"a":1}', 'null', 'undefined', 'NULL'],
  ['true', '0', '-1', '/', '!', '@', '@>'],
].flat();
/** A text, of few, so that they meet. */
export const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...TEXTS), { maxLength: 3 }).map(parts => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map(made => made.replaceAll('\0', '')) },
);

export const population = fc.oneof(
  fc.constantFrom(0, -1, 1, 5, 2 ** 31 - 1, -(2 ** 31)),
  fc.integer({ min: -3, max: 9 }),
);
export const altitude = fc.oneof(
  fc.constantFrom(0, 0.1, 0.2, 0.1 + 0.2, -1.5, 1e21, 1e-7, 2 ** 53, 1.7e308, -1.7e308, 5e-324, 123456.789),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
);
export const area = fc.oneof(
  fc.constantFrom('0', '1.1', '1.10', '10', '9.9999', '-2.5', '99999999999.9999', '-99999999999.9999'),
  fc.integer({ min: -99_999, max: 99_999 }).map(units => (units / 1e4).toFixed(4)),
);
export const visitors = fc.constantFrom(
  0n,
  1n,
  -1n,
  9007199254740991n,
  9007199254740992n,
  9007199254740993n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);
export const founded = fc.constantFrom(
  '1000-01-01',
  '1582-10-10',
  '1969-12-31',
  '1970-01-01',
  '2024-02-29',
  '2024-03-01',
  '9999-12-31',
);
export const instant = fc.oneof(
  fc.constantFrom(0, 1, -1, 999, 1_704_067_200_123, -1_000_000_000_001, 253_402_300_799_999, Date.UTC(1000, 0, 1)),
  fc.integer({ min: -5, max: 5 }),
);
export const tag = fc.constantFrom(
  ...['0', '9', 'a', 'f'].map(digit => `${digit.repeat(8)}-0000-4000-8000-00000000000${digit}`),
);
export const CODES = ['BR', 'br', 'NO', 'Ñ'];

/** Null, one time in four. */
export const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary });

/** A text of very few, for lists to share. */
export const word = fc.constantFrom('a', 'A', 'a ', '', 'null', 'NULL', 'é', '😀', 'x,y', '"', '\\', '{}', "'");

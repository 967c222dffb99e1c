/** How a table's primary key is compared: as a whole number, or as text under a collation that is not known. */
export type KeyKind = 'integer' | 'text';

const INTEGER = /^(?:tiny|small|medium|big)?int(?:eger|\d)?\b|^(?:small|big)?serial\b/i;
const TEXT = /^(?:n?(?:var)?char|character|bpchar|(?:tiny|medium|long)?text|citext|uuid)\b/i;

/** Undefined for types whose equal values can have texts that {@link rowKey} takes for different ones. */
export function keyKindOf(columnType: string): KeyKind | undefined {
  if (INTEGER.test(columnType)) return 'integer';
  return TEXT.test(columnType) ? 'text' : undefined;
}

/**
 * The name of a row by the value that its key is compared with. Two values that a database could take for equal have one
 * name; two that differ may share one too, which costs a miss. Undefined where that cannot be promised.
 */
export function rowKey(kind: KeyKind, value: unknown): string | undefined {
  return kind === 'integer' ? integerKey(value) : textKey(value);
}

function integerKey(value: unknown): string | undefined {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)))
    return `${BigInt(value)}`;
  return typeof value === 'string' && /^-?\d{1,30}$/.test(value) ? `${BigInt(value)}` : undefined;
}

const MAX_LENGTH = 200;

/** Collations may ignore case, padding, punctuation and leading zeros, but take no two other ASCII texts for equal. */
function textKey(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !/^[\x20-\x7e]*$/.test(value)) return undefined;
  return value
    .toLowerCase()
    .replaceAll(/[^a-z\d]/g, '')
    .replaceAll(/0+(?=\d)/g, '');
}

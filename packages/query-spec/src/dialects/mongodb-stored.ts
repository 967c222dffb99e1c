import type { Field } from '../definition/field.ts';
import type { KindName } from '../definition/value-kind.ts';
import type { StoredTest } from '../translate/matchers.ts';
import type { Leaf, StoredValues } from './dialect.ts';

/** Documents are read whole, so that a text has only to say what no input may. */
export const storedInDocuments: StoredValues = {
  holds: () => true,
  textOf(field, value) {
    const text = textOf(value);
    const read = text === undefined ? undefined : valueOf(field, text);
    return read !== undefined && textOf(read) === text ? text : undefined;
  },
};

export function storedDocument(field: Field, { stored, is }: StoredTest): Leaf {
  return { [field.name]: { [is]: valueOf(field, stored) } };
}

/** Not NaN, which is equal to itself and above nothing there. */
function textOf(value: unknown): string | undefined {
  const plain = value instanceof Date ? value.getTime() : value;
  return typeof plain === 'string' || (typeof plain === 'number' && !Number.isNaN(plain)) ? String(plain) : undefined;
}

function valueOf({ kind: { name }, property }: Field, text: string): Date | number | string | undefined {
  if (name === 'instant') {
    return new Date(Number(text));
  }
  const isNumber =
    name === 'float' || name === 'single' || name === 'integer' || typeof property.items?.[0] === 'number';
  return isNumber ? Number(text) : TEXTS.has(name) ? text : undefined;
}

const TEXTS: ReadonlySet<KindName> = new Set<KindName>(['text', 'uuid', 'date', 'enum']);

import { canonicalWith } from '../entries/canonical.ts';
import { bsonClassOf, bsonTypeOf, hexOf } from './bson-values.ts';

/**
 * A text that two parts of commands share only if they are equal: type, value and order of fields; values of BSON's classes
 * and regular expressions included. Undefined for what has no such text.
 */
export function bsonText(value: unknown): string | undefined {
  return canonicalWith(described, value);
}

function described(instance: object): [name: string, content: unknown] | undefined {
  if (instance instanceof RegExp) return ['RegExp', [instance.source, instance.flags]];
  const name = bsonClassOf(instance);
  if (name === undefined) return undefined;
  return [name, bsonTypeOf(instance) === 'ObjectId' ? hexOf(instance) : { ...instance }];
}

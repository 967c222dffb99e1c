import type { EntityProperty } from '@mikro-orm/core';

import { quoted } from '../json-pointer.ts';
import { typeNames } from './property-type.ts';
import * as kinds from './value-kind.ts';
import type { ValueKind } from './value-kind.ts';

/** What a definition can declare of what the database knows no type of: values inside JSON, and elements of lists. */
export type DeclaredType = `${ElementType}${'' | '[]'}`;

/** The types that JSON has names for. */
export type ElementType = 'string' | 'number' | 'boolean';

/** Where a declared value is kept. */
export interface Declared {
  readonly element: ElementType;
  /** A list of such elements, not one value. */
  readonly list: boolean;
  /** In JSON, behind these keys; or in a column of the host's array type. */
  readonly storage: { readonly kind: 'json'; readonly keys: readonly string[] } | { readonly kind: 'array' };
}

/** Keys that mean the same in the path languages of all databases; digits alone would be an index somewhere. */
const KEY = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

const ELEMENTS: ReadonlyMap<string, ElementType> = new Map(
  (['string', 'number', 'boolean'] as const).map(type => [type, type]),
);

/** Whether a property holds JSON, or a list that the host writes in the database's own way. */
export function storageOf(property: EntityProperty): 'json' | 'array' | undefined {
  const names = new Set(typeNames(property));
  if (names.has('JsonType') || names.has('json')) {
    return 'json';
  }
  return names.has('ArrayType') || names.has('array') ? 'array' : undefined;
}

/**
 * Reads a declared type of a property, with the keys behind it; a text says why it cannot be.
 */
export function declaredAs(property: EntityProperty, keys: readonly string[], type: unknown): Declared | string {
  const storage = storageOf(property);
  const name = typeof type === 'string' ? type : '';
  const list = name.endsWith('[]');
  const element = ELEMENTS.get(list ? name.slice(0, -2) : name);
  const strange = keys.find(key => !KEY.test(key));
  if (storage === undefined) {
    return 'holds neither JSON nor a list, so that no type can be declared';
  }
  if (element === undefined) {
    return `needs a type: declare string, number or boolean, or a list such as string[], in types`;
  }
  if (strange !== undefined) {
    return `has the key ${quoted(strange)}; keys are letters, digits, _ and -, a letter or _ first`;
  }
  if (storage === 'array' || keys.length === 0) {
    if (!list || keys.length > 0) {
      return `is a list as a whole: declare a type such as string[]`;
    }
  }
  return { element, list, storage: storage === 'array' ? { kind: 'array' } : { kind: 'json', keys } };
}

/** How values of a declared type come in; of a list, its elements. */
export function declaredKind({ element, list, storage }: Declared): ValueKind {
  const scalar = SCALARS[element];
  if (list) {
    return { ...scalar, name: 'list', domains: LIST };
  }
  return storage.kind === 'json' ? { ...scalar, domains: new Set([...scalar.domains, 'json']) } : scalar;
}

const SCALARS: Readonly<Record<ElementType, ValueKind>> = {
  string: kinds.text,
  number: kinds.float,
  boolean: kinds.boolean,
};
const LIST = new Set(['presence', 'list'] as const);

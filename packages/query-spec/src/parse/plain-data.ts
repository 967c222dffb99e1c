import { types } from 'node:util';

import type { Pointer } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';

/**
 * The entries of a plain object, read without running any code of its owner: getters, Proxies, class instances, symbol
 * keys and `undefined` values are refused. Objects of another realm (workers, test runners) are plain too.
 * @throws QuerySpecError `INVALID_SHAPE`, or `TOO_COMPLEX` for more than `most` keys.
 */
export function entriesOf(input: unknown, pointer: Pointer, most: number): readonly (readonly [string, unknown])[] {
  if (!isPlainObject(input)) {
    throw shape('Expected a plain object', pointer);
  }
  return entriesIn(input, pointer, most);
}

/** {@link entriesOf} what {@link isPlainObject} told. */
export function entriesIn(input: object, pointer: Pointer, most: number): readonly (readonly [string, unknown])[] {
  const keys = Reflect.ownKeys(input);
  requireFew(keys.length, most, pointer);
  const entries: (readonly [string, unknown])[] = [];
  for (const key of keys) {
    if (typeof key !== 'string') {
      throw shape('Symbols cannot be keys', pointer);
    }
    entries.push([key, ownValue(input, key, pointer)]);
  }
  return entries;
}

/**
 * The items of a plain array, under the same rules; a sparse one is refused too.
 * @throws QuerySpecError `INVALID_SHAPE`, or `TOO_COMPLEX` for more than `most` items.
 */
export function itemsOf(input: unknown, pointer: Pointer, most: number): readonly unknown[] {
  if (!isPlainArray(input)) {
    throw shape('Expected an array', pointer);
  }
  return itemsIn(input, pointer, most);
}

/** {@link itemsOf} what {@link isPlainArray} told. */
export function itemsIn(input: readonly unknown[], pointer: Pointer, most: number): readonly unknown[] {
  requireFew(input.length, most, pointer);
  const items: unknown[] = [];
  for (let i = 0; i < input.length; i++) {
    items.push(ownValue(input, String(i), pointer));
  }
  return items;
}

/** Whether the input is an array of its own right, not a Proxy that says so. */
export function isPlainArray(input: unknown): input is readonly unknown[] {
  return typeof input === 'object' && input !== null && !types.isProxy(input) && Array.isArray(input);
}

/** Whether the input is an object literal, of any realm, or has no prototype. */
export function isPlainObject(input: unknown): input is object {
  if (typeof input !== 'object' || input === null || types.isProxy(input) || Array.isArray(input)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === Object.prototype || prototype === null || isRoot(prototype);
}

/** Such as the prototype of object literals in another realm. */
function isRoot(prototype: unknown): boolean {
  return !types.isProxy(prototype) && Object.getPrototypeOf(prototype) === null;
}

function ownValue(owner: object, key: string, pointer: Pointer): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (!property || property.get || property.set || property.value === undefined) {
    throw shape('Expected a value', pointer.to(key));
  }
  return property.value;
}

function requireFew(count: number, most: number, pointer: Pointer): void {
  if (count > most) {
    throw new QuerySpecError('TOO_COMPLEX', `More than ${most} entries at ${pointer.toString() || '/'}.`, { pointer });
  }
}

function shape(what: string, pointer: Pointer): QuerySpecError {
  return new QuerySpecError('INVALID_SHAPE', `${what} at ${pointer.toString() || '/'}.`, { pointer });
}

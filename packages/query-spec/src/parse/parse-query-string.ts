import { types } from 'node:util';

import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { type BracketTree, plainOf, plant } from './bracket-tree.ts';
import { unknownParameter } from './parse-object.ts';

const PARAMETERS = ['filter', 'sort', 'populate', 'fields', 'limit', 'offset'];

/**
 * Translates a query string into the wire form, which {@link parseObject} then validates: the two doors share one lock.
 * @throws QuerySpecError for bad encoding or brackets, a parameter given twice, an unknown one, or more than 8 KiB.
 */
export function wireFormOf(input: unknown, most: number): unknown {
  const root = new Map<string, BracketTree>();
  for (const [key, value] of pairsOf(input, most)) {
    plant(root, key, value);
  }
  return Object.fromEntries([...root].map(([name, tree]) => translate(name, tree)));
}

function translate(name: string, tree: BracketTree): readonly [string, unknown] {
  switch (name) {
    case 'filter':
      return ['filters', plainOf(tree)];
    case 'sort':
      return ['orderBy', listOf(name, tree).map(sortKey)];
    case 'populate':
    case 'fields':
      return [name, listOf(name, tree)];
    case 'limit':
    case 'offset':
      return [name, textOf(name, tree)];
    default:
      throw unknownParameter(name, PARAMETERS);
  }
}

function sortKey(text: string): Readonly<Record<string, string>> {
  const [field, direction] = text.startsWith('-') ? [text.slice(1), 'desc'] : [text, 'asc'];
  return Object.fromEntries([[field, direction]]);
}

function listOf(name: string, tree: BracketTree): readonly string[] {
  return textOf(name, tree).split(',');
}

function textOf(name: string, tree: BracketTree): string {
  if (typeof tree !== 'string') {
    const pointer = pointerTo('', name);
    throw new QuerySpecError('INVALID_SHAPE', `${quoted(name)} takes no brackets at ${pointer}.`, { pointer });
  }
  return tree;
}

function pairsOf(input: unknown, most: number): readonly (readonly [string, string])[] {
  if (typeof input === 'string') {
    requireShort(input.length, most);
    return input.replace(/^\?/, '').split('&').filter(Boolean).map(decodePair);
  }
  if (types.isProxy(input) || !(input instanceof URLSearchParams)) {
    throw new QuerySpecError('INVALID_SHAPE', 'Expected a query string or URLSearchParams.');
  }
  const pairs = [...URLSearchParams.prototype.entries.call(input)];
  requireShort(
    pairs.reduce((length, [key, value]) => length + key.length + value.length + 2, 0),
    most,
  );
  return pairs.map(requireDecoded);
}

function decodePair(pair: string): readonly [string, string] {
  const separator = pair.indexOf('=');
  const [key, value] = separator < 0 ? [pair, ''] : [pair.slice(0, separator), pair.slice(separator + 1)];
  try {
    return [decode(key), decode(value)];
  } catch (cause) {
    throw badEncoding(key, cause);
  }
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** URLSearchParams puts U+FFFD where bytes were no UTF-8; what stood there is lost. */
function requireDecoded(pair: readonly [string, string]): readonly [string, string] {
  if (pair.some(text => text.includes('\uFFFD'))) {
    throw badEncoding(pair[0]);
  }
  return pair;
}

function badEncoding(key: string, cause?: unknown): QuerySpecError {
  const pointer = pointerTo('', key);
  return new QuerySpecError('INVALID_QUERY_STRING', `Bad percent-encoding in ${quoted(key)}.`, { pointer, cause });
}

function requireShort(length: number, most: number): void {
  if (length > most) {
    throw new QuerySpecError('TOO_COMPLEX', `A query string of more than ${most} characters.`);
  }
}

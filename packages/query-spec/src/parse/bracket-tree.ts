import { CAPS } from '../definition/caps.ts';
import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';

/** What brackets spell: a value, a list (`[]`), or names with a tree each. */
export type BracketTree = string | string[] | Map<string, BracketTree>;

const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
/** The deepest that a legal filter goes: two segments for a group, and `filter`, relation, `size`, operator and `[]`. */
const MOST_SEGMENTS = 2 * CAPS.depth + 5;

/**
 * Puts one parameter into the tree: `filter[name][in][]` goes to filter, name, in, and is appended there.
 * @throws QuerySpecError `INVALID_QUERY_STRING` for bad brackets, `DUPLICATE_PARAMETER` for a place that is taken.
 */
export function plant(root: Map<string, BracketTree>, key: string, value: string): void {
  const [first, ...rest] = segmentsOf(key);
  const isList = rest.at(-1) === '';
  const path = [first, ...(isList ? rest.slice(0, -1) : rest)];
  if (path.includes('')) {
    throw malformed(key);
  }
  const leaf = path.at(-1) ?? first;
  const branch = path.slice(0, -1).reduce((node, segment) => descend(node, segment, key), root);
  if (isList) {
    listAt(branch, leaf, key).push(value);
  } else if (branch.has(leaf)) {
    throw taken(key);
  } else {
    branch.set(leaf, value);
  }
}

/** The tree as plain data. Names `0`, `1`, `2` … in order are an array; no name reaches a prototype. */
export function plainOf(tree: BracketTree): unknown {
  if (!(tree instanceof Map)) {
    return tree;
  }
  const names = [...tree.keys()];
  if (names.every((name, i) => name === String(i))) {
    return [...tree.values()].map(plainOf);
  }
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, branch] of tree) {
    plain[name] = plainOf(branch);
  }
  return plain;
}

function segmentsOf(key: string): readonly [string, ...string[]] {
  const [, name, brackets] = KEY.exec(key) ?? [];
  if (name === undefined || brackets === undefined) {
    throw malformed(key);
  }
  const segments = brackets === '' ? [] : brackets.slice(1, -1).split('][');
  if (segments.length >= MOST_SEGMENTS) {
    throw new QuerySpecError('TOO_COMPLEX', `Brackets nested too deep in ${quoted(key)}.`, { pointer: at(key) });
  }
  return [name, ...segments];
}

function descend(node: Map<string, BracketTree>, segment: string, key: string): Map<string, BracketTree> {
  const next = node.get(segment) ?? new Map<string, BracketTree>();
  if (!(next instanceof Map)) {
    throw taken(key);
  }
  node.set(segment, next);
  return next;
}

function listAt(node: Map<string, BracketTree>, segment: string, key: string): string[] {
  const list = node.get(segment) ?? [];
  if (!Array.isArray(list)) {
    throw taken(key);
  }
  node.set(segment, list);
  return list;
}

function malformed(key: string): QuerySpecError {
  return new QuerySpecError('INVALID_QUERY_STRING', `Malformed brackets in ${quoted(key)}.`, { pointer: at(key) });
}

function taken(key: string): QuerySpecError {
  return new QuerySpecError('DUPLICATE_PARAMETER', `${quoted(key)} is given twice.`, { pointer: at(key) });
}

function at(key: string): string {
  return pointerTo('', key);
}

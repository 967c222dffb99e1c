import type { Comparison, Condition, Operator, QuerySpec, SortKey } from '@mikro-kit/query-spec';

import type { CityRow, CountryRow, Rows, TagRow } from './rows.ts';

/** The ids that a spec finds, in order, by the rules of the README and nothing of the package's own. */
export function idsOf(spec: QuerySpec, rows: Rows): readonly number[] {
  const found = rows.cities.filter(row => !spec.filters || holds(spec.filters, row, rows));
  const ordered = found.toSorted((a, b) => compareBy(spec.orderBy, a, b, rows));
  return ordered.slice(spec.offset, spec.offset + spec.limit).map(({ id }) => id);
}

/** How many its filters leave. */
export function countOf(spec: QuerySpec, rows: Rows): number {
  return rows.cities.filter(row => !spec.filters || holds(spec.filters, row, rows)).length;
}

type Row = CityRow | CountryRow | TagRow;

function holds(condition: Condition, row: Row, rows: Rows): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every(member => holds(member, row, rows));
    case 'or':
      return condition.conditions.some(member => holds(member, row, rows));
    case 'not':
      return !holds(condition.condition, row, rows);
    case 'comparison':
      return compares(condition, valueAt(row, condition.field, rows, condition.operator));
    case 'some':
      return relatedAt(row, condition.relation, rows).some(one => holds(condition.condition, one, rows));
    case 'none':
      return !relatedAt(row, condition.relation, rows).some(one => holds(condition.condition, one, rows));
    case 'every':
      return relatedAt(row, condition.relation, rows).every(one => holds(condition.condition, one, rows));
    case 'size':
      return compares({ ...condition, kind: 'comparison', field: '' }, relatedAt(row, condition.relation, rows).length);
  }
}

/** A null is equal to null alone, and smaller, larger and like nothing. */
function compares({ operator, operand, field }: Comparison, value: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const [first, second] = list;
  const same = (other: unknown): boolean =>
    other === null || value === null ? other === value : compare(value, other, field) === 0;
  const ordered = (test: (order: number) => boolean, other = first): boolean =>
    value !== null && test(compare(value, other, field));
  const within = (): boolean => ordered(order => order >= 0) && ordered(order => order <= 0, second);
  const text = (test: (text: string, operand: string) => boolean): boolean =>
    typeof value === 'string' && typeof first === 'string' && test(value, first);
  const folded = (test: (text: string, operand: string) => boolean): boolean =>
    text((whole, part) => test(fold(whole), fold(part)));
  const results: Readonly<Record<Operator, () => boolean>> = {
    eq: () => same(first),
    ne: () => !same(first),
    in: () => list.some(same),
    nin: () => !list.some(same),
    isNull: () => (value === null) === first,
    gt: () => ordered(order => order > 0),
    gte: () => ordered(order => order >= 0),
    lt: () => ordered(order => order < 0),
    lte: () => ordered(order => order <= 0),
    between: within,
    notBetween: () => !within(),
    contains: () => text((whole, part) => whole.includes(part)),
    startsWith: () => text((whole, part) => whole.startsWith(part)),
    endsWith: () => text((whole, part) => whole.endsWith(part)),
    like: () => text(like),
    ieq: () => folded((whole, part) => whole === part),
    icontains: () => folded((whole, part) => whole.includes(part)),
    istartsWith: () => folded((whole, part) => whole.startsWith(part)),
    iendsWith: () => folded((whole, part) => whole.endsWith(part)),
    ilike: () => folded(like),
    has: () => isList(value) && value.some(member => member === first),
    hasAny: () => isList(value) && value.some(member => list.includes(member)),
    hasAll: () => isList(value) && list.every(member => value.includes(member)),
    isEmpty: () => isList(value) && (value.length === 0) === first,
    length: () => isList(value) && value.length === first,
    exists: () => (value !== null) === first,
  };
  return results[operator]();
}

function fold(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

/** By characters, recursively: no regular expression, so that it cannot share a mistake with one. */
function like(text: string, pattern: string): boolean {
  const [characters, tokens] = [Array.from(text), Array.from(pattern)];
  const matches = (i: number, j: number): boolean => {
    const token = tokens[j];
    if (token === undefined) return i === characters.length;
    if (token === '%') {
      return matches(i, j + 1) || (i < characters.length && matches(i + 1, j));
    }
    if (i >= characters.length) return false;
    if (token === '_') return matches(i + 1, j + 1);
    return token === '\\'
      ? characters[i] === tokens[j + 1] && matches(i + 1, j + 2)
      : characters[i] === token && matches(i + 1, j + 1);
  };
  return matches(0, 0);
}

function compareBy(keys: readonly SortKey[], a: CityRow, b: CityRow, rows: Rows): number {
  for (const { field, direction } of keys) {
    const [x, y] = [valueAt(a, field, rows), valueAt(b, field, rows)];
    const order = x === null || y === null ? Number(x !== null) - Number(y !== null) : compare(x, y, field);
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return keys.at(-1)?.direction === 'desc' ? b.id - a.id : a.id - b.id;
}

const DECIMALS = 10n ** 4n;

function compare(a: unknown, b: unknown, field: string): number {
  if (field.endsWith('area')) return difference(scaled(String(a)), scaled(String(b)));
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'bigint' && typeof b === 'bigint') return difference(a, b);
  return Math.sign(Number(a) - Number(b)) || 0;
}

function difference(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** Fifteen digits at most, of which fifteen may be decimals. */
function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const value = BigInt(whole) * DECIMALS ** 4n + BigInt(fraction.padEnd(16, '0'));
  return decimal.startsWith('-') ? -value : value;
}

const JSON_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  'info.name': value => typeof value === 'string',
  'info.size': value => typeof value === 'number',
  'info.open': value => typeof value === 'boolean',
  'info.deep.name': value => typeof value === 'string',
  'info.list': isList,
  words: isList,
};

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function valueAt(row: Row, path: string, rows: Rows, operator?: Operator): unknown {
  const json = Object.keys(JSON_TYPES).find(name => path === name || path.endsWith(`.${name}`));
  const at = json === undefined ? path.lastIndexOf('.') : path.length - json.length - 1;
  const [owner] = at < 0 ? [row] : relatedAt(row, path.slice(0, at), rows);
  const own = path.slice(at + 1);
  if (!owner) return null;
  if (json === undefined) return Reflect.get(owner, own) ?? null;
  const value = own.split('.').reduce(memberOf, owner);
  return operator === 'exists' || JSON_TYPES[json]?.(value) ? (value ?? null) : null;
}

/** Nothing is inside what is no object. */
function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** The rows at the end of a path of relations. */
function relatedAt(row: Row, path: string, rows: Rows): readonly Row[] {
  return path
    .split('.')
    .reduce<readonly Row[]>((from, relation) => from.flatMap(one => related(one, relation, rows)), [row]);
}

function related(row: Row, relation: string, { cities, countries, tags }: Rows): readonly Row[] {
  switch (relation) {
    case 'country':
      return countries.filter(({ code }) => 'country' in row && code === row.country);
    case 'sister':
      return cities.filter(({ id }) => 'sister' in row && id === row.sister);
    case 'sisters':
      return cities.filter(({ sister }) => 'id' in row && sister === row.id);
    case 'tags':
      return tags.filter(({ id }) => 'tags' in row && row.tags.includes(id));
    case 'cities':
      return cities.filter(city =>
        'code' in row ? city.country === row.code : 'label' in row && city.tags.includes(row.id),
      );
    default:
      throw new RangeError(`No relation ${relation}`);
  }
}

import type { MongoCommand } from './command-kind.ts';

/** A command without its values, and the values. */
export interface CommandText {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** Fields of the protocol and of the session, which say nothing about the query. */
const SESSION_FIELDS = new Set(
  'lsid txnNumber autocommit startTransaction readConcern writeConcern ordered cursor batchSize singleBatch apiVersion'.split(
    ' ',
  ),
);
/** Structure, not values: these are part of the text as they are. */
const STRUCTURE = new Set(['sort', 'projection', 'key', 'indexes', 'hint', 'collation', 'new', 'upsert', 'multi']);
const MAX_DEPTH = 20;

/**
 * `find cities {"filter":{"population":{"$gt":?}},"sort":{"name":1}}` with the values in order. Several documents,
 * updates or deletes at once are one value, so that the text does not grow with them.
 */
export function commandText(name: string, command: MongoCommand): CommandText {
  const params: unknown[] = [];
  const fields = Object.entries(command).filter(([field]) => field !== name && isTold(field));
  const body = fields.map(([field, value]) => `${JSON.stringify(field)}:${fieldText(field, value, params)}`).join(',');
  const target = command[name];
  const head = typeof target === 'string' ? `${name} ${target}` : name;
  return { text: body ? `${head} {${body}}` : head, params };
}

function isTold(field: string): boolean {
  return !field.startsWith('$') && !SESSION_FIELDS.has(field);
}

function fieldText(field: string, value: unknown, params: unknown[]): string {
  const list = Array.isArray(value) && ['documents', 'updates', 'deletes'].includes(field);
  if (field === 'documents' || (list && value.length > 1)) return placeholder(value, params);
  return STRUCTURE.has(field) ? structure(value) : template(value, params, 0);
}

function template(value: unknown, params: unknown[], depth: number): string {
  if (depth > MAX_DEPTH || !isContainer(value)) return placeholder(value, params);
  if (Array.isArray(value)) {
    const scalars = !value.some(isContainer);
    return scalars ? placeholder(value, params) : `[${value.map(item => template(item, params, depth + 1)).join(',')}]`;
  }
  const fields = Object.entries(value).map(([field, inner]) => {
    const text = STRUCTURE.has(field) ? structure(inner) : template(inner, params, depth + 1);
    return `${JSON.stringify(field)}:${text}`;
  });
  return `{${fields.join(',')}}`;
}

/** The driver gives the order of a sort as a Map. */
function structure(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? Object.fromEntries(inner) : inner));
}

/** A plain object or a list; an ObjectId, a Date or another value with a class of its own is a value. */
function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function placeholder(value: unknown, params: unknown[]): '?' {
  params.push(value);
  return '?';
}

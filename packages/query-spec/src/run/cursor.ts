import { createHmac, hash, timingSafeEqual } from 'node:crypto';

import { MOST_CURSOR_CHARACTERS } from '../definition/caps.ts';
import type { Field } from '../definition/field.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { wireValue } from '../spec/serialize.ts';
import { canonicalText } from '../spec/shape-id.ts';
import type { OrderColumn } from '../translate/order.ts';
import { type Position, type PositionValue, isStored, readStored } from './position.ts';

/** Of the tag and of the binding, in base64; 132 bits, above the 128 that RFC 2104 recommends at least for SHA-256. */
const DIGEST_CHARACTERS = 22;

/** What a cursor belongs to. One of another query is refused. */
export interface CursorScope {
  /** Digest of entity, filters and order. */
  readonly binding: string;
  readonly order: readonly OrderColumn[];
  readonly dialect: Dialect;
  /** Signs the cursor. Without it a cursor is guarded against accidents, not against forgery. */
  readonly secret: string | undefined;
}

export function cursorScope(
  dialect: Dialect,
  spec: QuerySpec,
  order: readonly OrderColumn[],
  secret: string | undefined,
): CursorScope {
  return { binding: bindingOf(spec, order), order, dialect, secret };
}

/**
 * Writes a position as an opaque, URL-safe string.
 * @throws QuerySpecError `UNSUPPORTED_KEYSET` for one that would be too long to be read back
 */
export function encodeCursor({ binding, secret }: CursorScope, position: Position): string {
  const payload = Buffer.from(JSON.stringify([binding, ...position.map(written)])).toString('base64url');
  const cursor = `${payload}.${tagOf(payload, secret)}`;
  if (cursor.length > MOST_CURSOR_CHARACTERS) {
    const message = `Cannot page by texts of which a cursor has ${cursor.length} characters; there may be ${MOST_CURSOR_CHARACTERS}.`;
    throw new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/orderBy' });
  }
  return cursor;
}

/**
 * Reads a cursor that this scope wrote.
 * @throws QuerySpecError `INVALID_CURSOR` for anything else, `FOREIGN_CURSOR` for one of another query.
 */
export function decodeCursor(scope: CursorScope, cursor: unknown, pointer: string): Position {
  const [binding, ...values] = openCursor(scope.secret, cursor, pointer);
  if (binding !== scope.binding) {
    const message = `The cursor at ${pointer} belongs to a query with another entity, filters or order.`;
    throw new QuerySpecError('FOREIGN_CURSOR', message, { pointer });
  }
  if (values.length !== scope.order.length) {
    throw invalid(pointer);
  }
  return scope.order.map(({ field }, i) => {
    const value = readValue(scope.dialect, field, values[i]);
    if (value === undefined) {
      throw invalid(pointer);
    }
    return value;
  });
}

/** A stored text stands in a list, as no value does. */
function written(value: PositionValue): unknown {
  return value !== null && isStored(value) ? [value.stored] : wireValue(value);
}

function readValue({ stored }: Dialect, field: Field, value: unknown): PositionValue | undefined {
  if (value === null) {
    return null;
  }
  if (!Array.isArray(value)) {
    return readStored(field, value);
  }
  const [text, ...rest]: unknown[] = value;
  return typeof text === 'string' && rest.length === 0 && stored.textOf(field, text) === text
    ? { stored: text }
    : undefined;
}

function openCursor(secret: string | undefined, cursor: unknown, pointer: string): readonly unknown[] {
  if (typeof cursor !== 'string' || cursor.length > MOST_CURSOR_CHARACTERS) {
    throw invalid(pointer);
  }
  const [payload = '', tag = '', ...rest] = cursor.split('.');
  if (rest.length > 0 || !isEqual(tag, tagOf(payload, secret))) {
    throw invalid(pointer);
  }
  return parseList(Buffer.from(payload, 'base64url').toString(), pointer);
}

/** Without a secret anyone can write a tag that fits, so what it covers may still be anything. */
function parseList(text: string, pointer: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) {
      return list;
    }
  } catch (cause) {
    throw invalid(pointer, cause);
  }
  throw invalid(pointer);
}

/** The tag covers the text, not the bytes behind it: base64 has several spellings for some bytes. */
function tagOf(payload: string, secret: string | undefined): string {
  return secret === undefined
    ? digest(payload)
    : createHmac('sha256', secret).update(payload).digest('base64url').slice(0, DIGEST_CHARACTERS);
}

function bindingOf(spec: QuerySpec, order: readonly OrderColumn[]): string {
  const columns = order.map(({ field, direction }) => [field.path, direction]);
  const query = [spec.entity, spec.filters ? canonicalText(spec.filters) : '', columns];
  return digest(JSON.stringify(query));
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, DIGEST_CHARACTERS);
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function invalid(pointer: string, cause?: unknown): QuerySpecError {
  const message = `The cursor at ${pointer} was not made by this query, or was changed.`;
  return new QuerySpecError('INVALID_CURSOR', message, { pointer, cause });
}

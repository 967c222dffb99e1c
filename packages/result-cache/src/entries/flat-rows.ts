import { haveSameItems } from './same-items.ts';

/**
 * Rows that have the same fields in the same order, as one list: the names of the fields, then the values row by row.
 * Less than half as long as JSON, and read faster, than with the names in each row. Undefined for any other value.
 */
export function flattened(value: unknown): unknown[] | undefined {
  if (!Array.isArray(value) || value.length < 2) return undefined;
  const rows: readonly unknown[] = value;
  const fields = fieldsOf(rows[0]);
  if (!fields || !areFields(fields)) return undefined;
  const list: unknown[] = [fields];
  for (const row of rows) {
    if (!isRecord(row) || !haveSameItems(Object.keys(row), fields)) return undefined;
    for (const field of fields) list.push(row[field]);
  }
  return list;
}

/** New rows for each call. Throws on what no {@link flattened} gave. */
export function unflattened(list: unknown): Record<string, unknown>[] {
  if (!Array.isArray(list)) throw notFlat();
  const [fields]: unknown[] = list;
  if (!areFields(fields) || (list.length - 1) % fields.length !== 0) throw notFlat();
  const rows: Record<string, unknown>[] = [];
  for (let at = 1; at < list.length;) {
    const row: Record<string, unknown> = {};
    for (const field of fields) row[field] = list[at++];
    rows.push(row);
  }
  return rows;
}

function fieldsOf(row: unknown): string[] | undefined {
  return isRecord(row) ? Object.keys(row) : undefined;
}

/** Whether there are any, and each can be set as it is. */
function areFields(fields: unknown): fields is string[] {
  if (!Array.isArray(fields) || fields.length === 0) return false;
  return fields.every(field => typeof field === 'string' && field !== '__proto__');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notFlat(): TypeError {
  return new TypeError('These are no rows that were flattened.');
}

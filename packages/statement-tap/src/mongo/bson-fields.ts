/** The fields of a document; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isDocument(value) ? value : {};
}

/** The whole number in a BSON integer, whichever way the driver gives it; undefined for anything else. */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  const { toBigInt } = fieldsOf(value);
  const integer: unknown = typeof toBigInt === 'function' ? Reflect.apply(toBigInt, value, []) : undefined;
  return typeof integer === 'bigint' ? integer : undefined;
}

/** Whether a value has fields. */
function isDocument(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

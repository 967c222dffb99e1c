/** Thrown inside {@link canonical} only. */
class NotCanonical extends Error {}

/** A name for the class of an instance, and everything that tells two of them apart; undefined for one that is not known. */
export type DescribeInstance = (instance: object) => readonly [name: string, content: unknown] | undefined;

/**
 * A text that two values share only if they are equal: type, value and order of keys. Undefined for what has no such
 * text: functions, symbols, class instances, cycles.
 */
export function canonical(value: unknown): string | undefined {
  return canonicalWith(() => undefined, value);
}

/** {@link canonical}, with the class instances that `describe` knows. */
export function canonicalWith(describe: DescribeInstance, value: unknown): string | undefined {
  try {
    return write(value, 0, describe);
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

const MAX_DEPTH = 64;

function write(value: unknown, depth: number, describe: DescribeInstance): string {
  if (depth > MAX_DEPTH) throw new NotCanonical();
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'object') return writeObject(value, depth + 1, describe);
  throw new NotCanonical();
}

function writeObject(value: object, depth: number, describe: DescribeInstance): string {
  if (Array.isArray(value)) return writeArray(value, depth, describe);
  if (value instanceof Date && isOnly(value, Date.prototype)) return `Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return writeBytes(value);
  if (!isPlain(value)) return writeInstance(value, depth, describe);
  if (Object.getOwnPropertySymbols(value).length > 0) throw new NotCanonical();
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${write(item, depth, describe)}`)
    .join()}}`;
}

/** A loop: every read comes through here, and `map` and `join` take three times as long. */
function writeArray(items: readonly unknown[], depth: number, describe: DescribeInstance): string {
  // Neither holes nor properties beside the items, which would be left out.
  const keys = Object.keys(items);
  if (keys.length !== items.length || (keys.length > 0 && keys.at(-1) !== `${items.length - 1}`)) {
    throw new NotCanonical();
  }
  let text = '[';
  for (let at = 0; at < items.length; at++) {
    text += at === 0 ? write(items[at], depth, describe) : `,${write(items[at], depth, describe)}`;
  }
  return `${text}]`;
}

/** The host writes them into statements in two ways. */
function writeBytes(value: Uint8Array): string {
  if (Buffer.isBuffer(value)) return `Buffer(${value.toString('base64')})`;
  if (Object.getPrototypeOf(value) !== Uint8Array.prototype) throw new NotCanonical();
  return `Bytes(${Buffer.from(value).toString('base64')})`;
}

function writeInstance(value: object, depth: number, describe: DescribeInstance): string {
  const described = describe(value);
  if (!described) throw new NotCanonical();
  const [name, content] = described;
  return `${JSON.stringify(name)}(${write(content, depth, describe)})`;
}

/** Of this class itself, with nothing of its own that its text would leave out. */
function isOnly(value: object, prototype: object): boolean {
  return Object.getPrototypeOf(value) === prototype && Object.keys(value).length === 0;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

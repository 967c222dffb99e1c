import { ReadWriteSplitError } from './read-write-split-error.ts';

/** What an option that is refused is refused with. */
export function invalid(message: string): ReadWriteSplitError {
  return new ReadWriteSplitError('INVALID_OPTION', message);
}

/**
 * Whether these are options, and all of them are known: one that is misspelt would have no effect.
 *
 * @param where they stand, such as `probe`; empty at the top
 * @throws ReadWriteSplitError `INVALID_OPTION`
 */
export function requireKnown(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`${where || 'The options'} must be an object, not ${say(options)}.`);
  }
  const unknown = Object.keys(options).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(`There is no option ${where ? `${where}.` : ''}${unknown}; there are ${known.join(', ')}.`);
}

/** @throws ReadWriteSplitError `INVALID_OPTION` */
export function requireNumber(option: string, value: unknown, least: number, most = Infinity): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const what = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw invalid(`${option} must be ${what}, not ${say(value)}.`);
}

/** @throws ReadWriteSplitError `INVALID_OPTION` */
export function requireBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(`${option} must be true or false, not ${say(value)}.`);
}

/** @throws ReadWriteSplitError `INVALID_OPTION` */
export function requireOneOf(option: string, value: unknown, known: readonly string[]): void {
  const choices = known.map(choice => `'${choice}'`).join(' or ');
  if (typeof value !== 'string' || !known.includes(value)) {
    throw invalid(`${option} must be ${choices}, not ${say(value)}.`);
  }
}

function say(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** Whether the text is a day that exists, as `2024-02-29`. */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) {
    return false;
  }
  const date = new Date(`${text}T00:00:00Z`);
  return year !== '0000' && date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

/**
 * Reads an RFC 3339 instant. Without an offset it would mean another instant on each machine, and with more than three
 * decimals it would be rounded: both are refused.
 */
export function readInstant(text: string): Date | undefined {
  const [, day] = INSTANT.exec(text) ?? [];
  return day !== undefined && isCalendarDate(day) ? instantAt(Date.parse(text)) : undefined;
}

/** The instant so many milliseconds after 1970, in the years that every database has: an offset can lead out of them. */
export function instantAt(milliseconds: number): Date | undefined {
  return milliseconds >= FIRST_INSTANT && milliseconds <= LAST_INSTANT ? new Date(milliseconds) : undefined;
}

const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

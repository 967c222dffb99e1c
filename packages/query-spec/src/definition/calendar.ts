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
  return day !== undefined && isCalendarDate(day) ? new Date(text) : undefined;
}

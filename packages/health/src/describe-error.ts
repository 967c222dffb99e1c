/** The message of whatever was thrown, in one line; a refused connection to several addresses names each. */
export function describeError(error: unknown): string {
  return oneLine(messageOf(error)) || 'Unknown error';
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a connection refused on every address of a host as an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error.message || error.name;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What one process tells the others after a bump. */
export interface BusMessage {
  /** Who tells it: one store, by way of one server. */
  readonly from: string;
  /** Counts up by one with each message of the same sender. */
  readonly number: number;
  /** What was bumped, or `undefined` for more than is worth a list. */
  readonly dependencies: readonly string[] | undefined;
}

/** More dependencies are told as "everything". */
const MAX_DEPENDENCIES = 1_000;

const VERSION = 1;

export function encodeMessage({ from, number, dependencies }: BusMessage): string {
  const told = dependencies && dependencies.length <= MAX_DEPENDENCIES ? dependencies : null;
  return JSON.stringify([VERSION, from, number, told]);
}

/** Undefined for what another version, or another program, sent. */
export function decodeMessage(text: string): BusMessage | undefined {
  const [version, from, number, told] = parsed(text);
  if (version !== VERSION || typeof from !== 'string' || typeof number !== 'number') return undefined;
  if (told === null) return { from, number, dependencies: undefined };
  if (!Array.isArray(told) || !told.every(item => typeof item === 'string')) return undefined;
  return { from, number, dependencies: told };
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

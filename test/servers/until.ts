import { setTimeout as delay } from 'node:timers/promises';

import { ServerError } from './server-error.ts';

type Falsy = false | 0 | '' | null | undefined;

/** How long `until` waits, and for what. */
export interface UntilOptions {
  /** What is awaited; ends the sentence "waited … for". */
  what: string;
  /** Milliseconds until it gives up. Default 30,000. */
  deadlineMs?: number;
  /** Milliseconds between two looks. Default 15. */
  pollMs?: number;
}

/**
 * Waits until `condition` answers something truthy, and returns that. A condition that throws, or hangs, has not come
 * true yet.
 *
 * @throws {ServerError} `DEADLINE`, with the condition's last error as `cause`.
 */
export async function until<T>(
  condition: () => T | Falsy | Promise<T | Falsy>,
  { what, deadlineMs = 30_000, pollMs = 15 }: UntilOptions,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let lastError: unknown;
  while (performance.now() < end) {
    try {
      const answer = await beforeDeadline(condition, end);
      if (answer) return answer;
    } catch (error) {
      lastError = error;
    }
    await delay(pollMs);
  }
  const because = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new ServerError('DEADLINE', `Waited ${deadlineMs} ms for ${what}${because}`, { cause: lastError });
}

async function beforeDeadline<T>(condition: () => T | Promise<T>, end: number): Promise<T | undefined> {
  const stop = new AbortController();
  const expired = delay(end - performance.now(), undefined, { signal: stop.signal, ref: false });
  expired.catch(() => undefined); // the only rejection is our own abort below
  try {
    return await Promise.race([condition(), expired]);
  } finally {
    stop.abort();
  }
}

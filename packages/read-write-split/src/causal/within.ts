import { setTimeout as pause } from 'node:timers/promises';

/** Waits for work, but not longer than `ms`; rejects then. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = pause(ms, undefined, { signal: timer.signal }).then(() => Promise.reject(new Error('late')));
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/**
 * Waits for `work`, but not longer than `ms` milliseconds; it goes on unwatched then. Rejects when it does in time. The
 * timer keeps the process alive: a statement of the application waits for it.
 */
export async function withinDeadline(work: Promise<void>, ms: number): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

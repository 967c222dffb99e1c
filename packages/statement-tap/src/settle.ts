/** How a piece of work ended. */
export type Settled<T> = { readonly result: T } | { readonly error: unknown };

/** Waits for work without throwing. */
export async function settle<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { result: await work() };
  } catch (error) {
    return { error };
  }
}

/** The result, or throws what the work threw. */
export function unwrap<T>(settled: Settled<T>): T {
  if ('error' in settled) throw settled.error;
  return settled.result;
}

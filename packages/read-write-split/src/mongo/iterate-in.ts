/** Reads rows so that each is asked for in a context of the caller's, which generators do not keep. */
export async function* iterateIn<T>(
  within: <R>(ask: () => R) => R,
  open: () => AsyncIterableIterator<T>,
): AsyncIterableIterator<T> {
  const rows = within(open);
  try {
    for (let next = await within(() => rows.next()); next.done !== true; next = await within(() => rows.next())) {
      yield next.value;
    }
  } finally {
    await rows.return?.();
  }
}

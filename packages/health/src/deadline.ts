/** What the promise resolves to, or what `late` says if that takes more than `ms` milliseconds. */
export function within<T>(ms: number, answer: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    // An answer that arrived while the event loop was busy is read after the timers: let it be heard first.
    const timer = setTimeout(() => setImmediate(() => resolve(late())), ms);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

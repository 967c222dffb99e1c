/** What the promise resolves to, or what `late` says if that takes more than `ms` milliseconds. */
export function within<T>(ms: number, answer: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), ms);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

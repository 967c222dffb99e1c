/** How late a timer may fire before the event loop counts as having been busy, in milliseconds. */
const BUSY_MS = 20;

/**
 * What the promise resolves to, or what `late` says if that takes more than `ms` milliseconds. Time in which the event
 * loop was too busy to look is given back, once: an answer may have been waiting behind it, or the question itself.
 */
export function within<T>(ms: number, answer: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const due = performance.now() + ms;
    let timer = setTimeout(() => {
      const lost = performance.now() - due;
      if (lost < BUSY_MS) resolve(late());
      else timer = setTimeout(() => resolve(late()), Math.min(lost, ms));
    }, ms);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

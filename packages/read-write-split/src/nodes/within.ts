/** A node was asked, and said nothing. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(node: string) {
    super(`${node} gives no answer`);
  }
}

/** What a question came to. A question without an answer goes on unwatched. */
export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'silence' };

/**
 * Waits for an answer, but not longer than `ms`. An answer that has arrived while this process was too busy to read it
 * counts as one: the sockets are read once more before silence is told.
 *
 * @param keepAlive whether the process must not end before: when the application waits for it
 */
export async function within<T>(ms: number, question: Promise<T>, keepAlive = false): Promise<Answer<T>> {
  const answer = question.then(
    (value): Answer<T> => ({ kind: 'answer', value }),
    (error: unknown): Answer<T> => ({ kind: 'error', error }),
  );
  const due = performance.now() + ms;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Answer<T>>(resolve => {
    timer = setTimeout(() => afterPoll(due, () => resolve({ kind: 'silence' })), ms);
    if (!keepAlive) timer.unref();
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** How late a timer may be before the time that it measured is not the other side's. */
const STALL_MS = 250;

/** A process that was stopped or stalled for long gets the time to read what has come in meanwhile. */
function afterPoll(due: number, tell: () => void): void {
  const grace = performance.now() - due > STALL_MS ? STALL_MS : 0;
  setImmediate(() => setTimeout(tell, grace));
}

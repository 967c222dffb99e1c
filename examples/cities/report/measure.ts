import { ensureTap } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/sqlite';

import { milliseconds } from './milliseconds.ts';

/** What a piece of work answered, how many statements it sent, and how long it took. */
export interface Measured<T> {
  readonly answer: T;
  readonly statements: number;
  readonly time: string;
}

/** Runs `work` and counts what it sends. */
export async function measure<T>(orm: MikroORM, work: () => Promise<T>): Promise<Measured<T>> {
  let statements = 0;
  const stop = ensureTap(orm).observe(() => statements++);
  const started = performance.now();
  const answer = await work();
  const time = milliseconds(performance.now() - started);
  stop();
  return { answer, statements, time };
}

import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import type { MikroORM } from '@mikro-orm/core';

import { Note } from '../causal/products.ts';

/** What the test's applications do, whatever framework they are written for. */
export interface Shop {
  readonly orm: MikroORM;
  /** Writes a note, and says where its request's reads would go now. */
  write(id: number): Promise<string>;
  /** Where a read of the request goes, and why. */
  where(): string;
  /** Writes a note before the first chunk. */
  chunks(id: number): AsyncGenerator<string>;
  /** Writes a note and fails. */
  fail(id: number): Promise<never>;
}

/** A server of one framework. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Each application has these routes: POST /write/:id, GET /where, POST /stream/:id, POST /fail/:id. */
export function shopOn(orm: MikroORM): Shop {
  const split = getReadWriteSplit(orm);
  const insert = (id: number): Promise<unknown> => orm.em.fork().insert(Note, { id });
  return {
    orm,
    async write(id) {
      await insert(id);
      return split.explain();
    },
    where: () => split.explain(),
    async *chunks(id) {
      await insert(id);
      yield 'one ';
      yield 'two';
    },
    async fail(id) {
      await insert(id);
      throw new Error('after the write');
    },
  };
}

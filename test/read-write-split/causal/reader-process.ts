import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { ReadWriteSplitOptions } from '@mikro-kit/read-write-split';

import type { SqlOptions } from '../../servers/sql-options.ts';
import type { Product } from './products.ts';

/** What the reader is started with. */
export interface ReaderArguments {
  readonly product: Product;
  readonly where: SqlOptions;
  readonly options: ReadWriteSplitOptions;
}

/** A note to be read. */
export interface Request {
  /** Told again in the response. */
  readonly call?: number;
  readonly id: number;
  readonly token: string | undefined;
}

/** What came of it. */
export interface Response {
  readonly call?: number;
  readonly id: number;
  readonly isFound: boolean;
  /** Which node was asked last. */
  readonly node: string;
  readonly error?: string;
}

/** Another process of the application. */
export interface Reader extends AsyncDisposable {
  read(request: Request): Promise<Response>;
}

/** Starts another process of the application and waits until it can read. */
export async function startReader(given: ReaderArguments): Promise<Reader> {
  const child = fork(join(import.meta.dirname, 'reader.ts'), [JSON.stringify(given)], { execArgv: [] });
  const waiting = new Map<number, (response: Response) => void>();
  let calls = 0;
  const exit = once(child, 'exit');
  await Promise.race([once(child, 'message'), exit.then(() => Promise.reject(new Error('the reader ended')))]);
  child.on('message', (response: Response) => {
    waiting.get(response.call ?? 0)?.(response);
    waiting.delete(response.call ?? 0);
  });
  return {
    read: request => {
      const call = ++calls;
      const response = new Promise<Response>(resolve => waiting.set(call, resolve));
      child.send({ ...request, call });
      return response;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exit;
    },
  };
}

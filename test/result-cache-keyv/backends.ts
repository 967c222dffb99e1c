import { randomUUID } from 'node:crypto';

import { KeyvPostgres } from '@keyv/postgres';
import KeyvRedis from '@keyv/redis';
import type { KeyvLike } from '@mikro-kit/result-cache-keyv';
import { Keyv } from 'keyv';
import { Keyv as Keyv5 } from 'keyv-5';

/** The releases of Keyv that are supported, each as what makes one in a namespace, on a backend or in memory. */
export const keyvs = {
  'keyv 5': (namespace: string, store?: KeyvRedis<unknown> | KeyvPostgres | Map<string, unknown>): KeyvLike =>
    new Keyv5({ namespace, ...(store && { store }) }),
  'keyv 6': (namespace: string, store?: KeyvRedis<unknown> | KeyvPostgres | Map<string, unknown>): KeyvLike =>
    new Keyv({ namespace, ...(store && { store }) }),
} as const;

export type KeyvRelease = keyof typeof keyvs;

export const releases: readonly KeyvRelease[] = ['keyv 5', 'keyv 6'];

/** A Keyv on Redis. Give two the same namespace to have them share what they keep. */
export function onRedis(release: KeyvRelease, url: string, namespace: string = randomUUID()): KeyvLike {
  return keyvs[release](namespace, new KeyvRedis(url));
}

/** A Keyv on PostgreSQL. All of one process share one pool, which ends with the first of them. */
export function onPostgres(release: KeyvRelease, uri: string, namespace: string = randomUUID()): KeyvLike {
  return keyvs[release](namespace, new KeyvPostgres({ uri, log: hearErrors }));
}

/** Its pool calls that for each connection, and ends the process with an idle one unless somebody listens. */
function hearErrors(this: {
  listenerCount(event: 'error'): number;
  on(event: 'error', heard: () => void): void;
}): void {
  if (this.listenerCount('error') === 0) this.on('error', () => {});
}

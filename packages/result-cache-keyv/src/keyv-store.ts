import { randomUUID } from 'node:crypto';

import { boundedStore, type CacheStore, type Stamp, type StoreRead } from '@mikro-kit/result-cache';

import { KeyvClient, type KeyvLike } from './keyv-client.ts';

/** Options of {@link keyvStore}. */
export interface KeyvStoreOptions {
  /** Makes the Keyv. It is called on first use; the Keyv is ours and disconnected with the ORM. */
  readonly keyv: () => KeyvLike;
  /** How long a query waits for the backend before it goes on without it, in milliseconds. Default 100. */
  readonly commandTimeoutMs?: number;
}

/**
 * A store on any Keyv. A stamp is one value, a hold another one that expires, a bump is a delete.
 *
 * Three things need a backend that does more than get, set and delete, so a hold is weaker here than in Redis: of several
 * owners only the last one's hold is kept, a stamp that is being made while a writer marks can survive the mark, and a
 * client that sends a lost `set` again can bring an old stamp back. The first two matter only when the writer's process
 * dies between its commit and its bump.
 */
export function keyvStore({ keyv, commandTimeoutMs = 100 }: KeyvStoreOptions): CacheStore {
  return boundedStore(unboundedKeyvStore(new KeyvClient(keyv)), commandTimeoutMs);
}

/** Entries of another generation do not count, so that one write clears them all. */
const GENERATION = 'generation';

function unboundedKeyvStore(client: KeyvClient): CacheStore {
  const stampsOf = async (dependencies: readonly string[]): Promise<Stamp[]> =>
    stampsFrom(await client.texts(stampKeys(dependencies)));

  return {
    read: async (key, dependencies): Promise<StoreRead> => {
      const [generation, entry, ...stamps] = await client.texts([GENERATION, `e:${key}`, ...stampKeys(dependencies)]);
      return { entry: decodeEntry(entry, generation), stamps: stampsFrom(stamps) };
    },
    stamp: async dependencies => {
      const stamps = await stampsOf(dependencies);
      const missing = dependencies.filter((_, at) => stamps[at]?.state === 'missing');
      await Promise.all(missing.map(dependency => client.set(`s:${dependency}`, randomUUID())));
      // Read again: another process may have made one too, and only the last one is kept.
      return missing.length > 0 ? stampsOf(dependencies) : stamps;
    },
    write: async (key, entry, expirationMs) => {
      if (expirationMs <= 0) return;
      const [generation] = await client.texts([GENERATION]);
      await client.set(`e:${key}`, encodeEntry(entry, generation), Math.ceil(expirationMs));
    },
    mark: async (dependencies, owner, holdMs) => {
      await Promise.all(dependencies.map(dependency => client.set(`h:${dependency}`, owner, Math.ceil(holdMs))));
      await Promise.all(dependencies.map(dependency => client.delete(`s:${dependency}`)));
    },
    bump: async (dependencies, owner) => {
      await Promise.all(dependencies.map(dependency => client.delete(`s:${dependency}`)));
      const holders = await client.texts(dependencies.map(dependency => `h:${dependency}`));
      const own = dependencies.filter((_, at) => holders[at] === owner);
      await Promise.all(own.map(dependency => client.delete(`h:${dependency}`)));
    },
    clear: () => client.set(GENERATION, randomUUID()),
    close: () => client.close(),
  };
}

/** For each dependency its hold, then its stamp. */
function stampKeys(dependencies: readonly string[]): string[] {
  return dependencies.flatMap(dependency => [`h:${dependency}`, `s:${dependency}`]);
}

function stampsFrom(values: readonly (string | undefined)[]): Stamp[] {
  return Array.from({ length: values.length / 2 }, (_, at) => stampOf(values[2 * at], values[2 * at + 1]));
}

function stampOf(hold: string | undefined, nonce: string | undefined): Stamp {
  if (hold !== undefined) return { state: 'held' };
  return nonce === undefined ? { state: 'missing' } : { state: 'set', nonce };
}

/** As text, which every backend of Keyv keeps as it is. */
function encodeEntry(entry: Uint8Array, generation = ''): string {
  return `${generation}|${Buffer.from(entry).toString('base64')}`;
}

function decodeEntry(text: string | undefined, generation = ''): Uint8Array | undefined {
  const start = `${generation}|`;
  return text?.startsWith(start) ? Buffer.from(text.slice(start.length), 'base64') : undefined;
}

import { randomUUID } from 'node:crypto';

import { boundedStore, type CacheStore, type Stamp, withinDeadline } from '@mikro-kit/result-cache';

import { backendKey } from './backend-key.ts';
import { KeyvClient, type KeyvLike } from './keyv-client.ts';
import { KeyvEntries } from './keyv-entries.ts';

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
 * Get, set and delete cannot change a value only if it is still the same, so a hold is weaker here than in Redis: of
 * several owners only the last one's is kept. This matters only when a writer dies, or loses the backend, between its
 * commit and its bump. And a client that sends a `set` again after its reply was lost can bring an old stamp back.
 */
export function keyvStore({ keyv, commandTimeoutMs = 100 }: KeyvStoreOptions): CacheStore {
  const client = new KeyvClient(keyv);
  const entries = new KeyvEntries(client, 'entry');
  return boundedStore(
    {
      ...entryCalls(entries, client),
      ...stampCalls(client),
      clear: () => withinDeadline(entries.clear(), commandTimeoutMs, "The cache store's clear"),
      close: () => client.close(commandTimeoutMs),
    },
    commandTimeoutMs,
  );
}

/** Unused stamps go after a week. What they stood for is a miss then. */
const STAMP_LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

function entryCalls(entries: KeyvEntries, client: KeyvClient): Pick<CacheStore, 'read' | 'write'> {
  return {
    read: async (key, dependencies) => {
      if (key === undefined) return { entry: undefined, stamps: await stampsOf(client, dependencies) };
      const { entry, others } = await entries.read(key, stampKeys(dependencies));
      return { entry, stamps: stampsFrom(others) };
    },
    write: (key, entry, expirationMs) => entries.write(key, entry, expirationMs),
  };
}

function stampCalls(client: KeyvClient): Pick<CacheStore, 'stamp' | 'mark' | 'bump'> {
  return {
    stamp: async dependencies => {
      const stamps = await stampsOf(client, dependencies);
      const missing = dependencies.filter((_, at) => stamps[at]?.state === 'missing');
      if (missing.length === 0) return stamps;
      const made = keysOf('stamp', missing).map(key => ({ key, value: randomUUID(), ttl: STAMP_LIFETIME_MS }));
      await client.set(made);
      // Read again: another process may have made one too, and only the last one is kept.
      return stampsOf(client, dependencies);
    },
    mark: async (dependencies, owner, holdMs) => {
      // The hold first: a stamp that a reader makes after the delete is never seen without it.
      await client.set(keysOf('hold', dependencies).map(key => ({ key, value: owner, ttl: Math.ceil(holdMs) })));
      await client.delete(keysOf('stamp', dependencies));
    },
    bump: async (dependencies, owner) => {
      const holds = keysOf('hold', dependencies);
      const [owners] = await Promise.all([client.texts(holds), client.delete(keysOf('stamp', dependencies))]);
      await client.delete(holds.filter((_, at) => owners[at] === owner));
    },
  };
}

async function stampsOf(client: KeyvClient, dependencies: readonly string[]): Promise<Stamp[]> {
  return stampsFrom(await client.texts(stampKeys(dependencies)));
}

/** Each once, and in the same order everywhere, so that two writers do not lock each other's rows in an SQL backend. */
function keysOf(kind: 'stamp' | 'hold', dependencies: readonly string[]): string[] {
  return [...new Set(dependencies.map(dependency => backendKey(kind, dependency)))].toSorted();
}

/** For each dependency its hold, then its stamp. */
function stampKeys(dependencies: readonly string[]): string[] {
  return dependencies.flatMap(dependency => [backendKey('hold', dependency), backendKey('stamp', dependency)]);
}

function stampsFrom(values: readonly (string | undefined)[]): Stamp[] {
  return Array.from({ length: values.length / 2 }, (_, at) => stampOf(values[2 * at], values[2 * at + 1]));
}

function stampOf(hold: string | undefined, nonce: string | undefined): Stamp {
  if (hold !== undefined) return { state: 'held' };
  return nonce === undefined ? { state: 'missing' } : { state: 'set', nonce };
}

import type { StoreRead } from '@mikro-kit/result-cache';

import { clearPrefix } from './clear-prefix.ts';
import { getAll } from './connection/get-all.ts';
import { allFromOwners, succeeded } from './connection/send-to-owners.ts';
import type { Servers } from './connection/servers.ts';
import type { EntryReplica } from './entry-replica.ts';
import type { Envelope } from './envelope.ts';
import { RedisStoreError } from './redis-store-error.ts';
import { stampOf } from './stamp-value.ts';
import { reach, type StorePlace } from './store-place.ts';

/** The entries of a store, which are read together with the stamps on which they depend. */
export class StoreEntries {
  readonly #place: StorePlace;
  readonly #envelope: Envelope;
  readonly #replica: EntryReplica | undefined;

  constructor(place: StorePlace, envelope: Envelope, replica: EntryReplica | undefined) {
    this.#place = place;
    this.#envelope = envelope;
    this.#replica = replica;
  }

  /** One round trip; on a Cluster one to each server at the same time. */
  async read(key: string | undefined, dependencies: readonly string[]): Promise<StoreRead> {
    const { servers, keys } = await reach(this.#place);
    const entryKeys = key === undefined ? [] : [keys.entry(key)];
    const stampKeys = dependencies.map(dependency => keys.stamp(dependency));
    const [found, stamps] = await this.#found(servers, entryKeys, stampKeys);
    const entry = key !== undefined && Buffer.isBuffer(found) ? this.#envelope.open(key, found) : undefined;
    return { entry, stamps };
  }

  async write(key: string, entry: Uint8Array, expirationMs: number): Promise<void> {
    const sealed = expirationMs > 0 ? this.#envelope.seal(key, entry) : undefined;
    if (!sealed) return;
    const { servers, keys } = await reach(this.#place);
    const entryKey = keys.entry(key);
    const words = ['SET', entryKey, sealed, 'PX', Math.ceil(expirationMs)] as const;
    await allFromOwners(servers, [{ key: entryKey, words }], this.#place);
  }

  async clear(): Promise<void> {
    const { servers, keys } = await reach(this.#place);
    await clearPrefix(servers, keys.entries);
  }

  async #found(
    servers: Servers,
    entryKeys: readonly string[],
    stampKeys: readonly string[],
  ): Promise<[entry: unknown, stamps: StoreRead['stamps']]> {
    const [entryKey] = entryKeys;
    if (!this.#replica?.isUsable || entryKey === undefined) {
      const answers = succeeded(await getAll(servers, [...entryKeys, ...stampKeys], this.#place));
      const entry = entryKeys.length > 0 ? answers.shift()?.reply : undefined;
      return [entry, answers.map(stampOf)];
    }
    if (servers.isCluster) throw new RedisStoreError('INVALID_OPTION', 'redisStore: a Cluster takes no `replica`.');
    const [copy, answers] = await Promise.all([
      this.#replica.get(entryKey),
      getAll(servers, stampKeys, this.#place).then(succeeded),
    ]);
    const entry = copy === undefined ? succeeded(await getAll(servers, [entryKey], this.#place))[0]?.reply : copy;
    return [entry, answers.map(stampOf)];
  }
}

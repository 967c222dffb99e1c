import type { StoreRead } from '@mikro-kit/result-cache';

import { clearPrefix } from './clear-prefix.ts';
import { getAll } from './connection/get-all.ts';
import { allFromOwners, type Answer } from './connection/send-to-owners.ts';
import type { Servers } from './connection/servers.ts';
import type { EntryReplica } from './entry-replica.ts';
import type { Envelope } from './envelope.ts';
import { RedisStoreError } from './redis-store-error.ts';
import { stampOf } from './stamp-value.ts';
import type { StorePlace } from './store-place.ts';

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

  /** One round trip; on a Cluster one to each server at the same time. Sent before it returns, where that can be. */
  async read(key: string | undefined, dependencies: readonly string[]): Promise<StoreRead> {
    const { servers, keys } = this.#place.reached ?? (await this.#place.reach());
    const stampKeys = dependencies.map(dependency => keys.stamp(dependency));
    if (key === undefined) return { entry: undefined, stamps: (await this.#all(servers, stampKeys)).map(stampOf) };
    const entryKey = keys.entry(key);
    const [found, ...stamps] = this.#replica?.isUsable
      ? await this.#fromReplica(this.#replica, servers, entryKey, stampKeys)
      : await this.#all(servers, [entryKey, ...stampKeys]);
    const entry = Buffer.isBuffer(found?.reply) ? this.#envelope.open(key, found.reply) : undefined;
    return { entry, stamps: stamps.map(stampOf) };
  }

  async write(key: string, entry: Uint8Array, expirationMs: number): Promise<void> {
    const sealed = expirationMs > 0 ? this.#envelope.seal(key, entry) : undefined;
    if (!sealed) return;
    const { servers, keys } = await this.#place.reach();
    const entryKey = keys.entry(key);
    const words = ['SET', entryKey, sealed, 'PX', Math.ceil(expirationMs)] as const;
    await allFromOwners(servers, [{ key: entryKey, words }], this.#place);
  }

  async clear(): Promise<void> {
    const { servers, keys } = await this.#place.reach();
    await clearPrefix(servers, keys.entries);
  }

  #all(servers: Servers, keys: readonly string[]): Promise<Answer[]> {
    return getAll(servers, keys, this.#place);
  }

  /** The entry's answer before those of its stamps, which are the primary's, as the entry is when the replica fails. */
  async #fromReplica(
    replica: EntryReplica,
    servers: Servers,
    entryKey: string,
    stampKeys: readonly string[],
  ): Promise<Answer[]> {
    if (!servers.only) throw new RedisStoreError('INVALID_OPTION', 'redisStore: a Cluster takes no `replica`.');
    const [copy, stamps] = await Promise.all([replica.get(entryKey), this.#all(servers, stampKeys)]);
    const entry = copy === undefined ? await this.#all(servers, [entryKey]) : [{ reply: copy, epoch: '' }];
    return [...entry, ...stamps];
  }
}

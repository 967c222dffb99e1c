import type { BusListener, CacheStore } from '@mikro-kit/result-cache';

import { Bus } from './bus/bus.ts';
import { RedisConnection } from './connection/redis-connection.ts';
import { EntryReplica } from './entry-replica.ts';
import { envelope } from './envelope.ts';
import { refuseImpossible, type RedisStoreOptions } from './redis-store-options.ts';
import { StoreEntries } from './store-entries.ts';
import { StoreLeases } from './store-leases.ts';
import { StorePlace } from './store-place.ts';
import { StoreStamps } from './store-stamps.ts';

/**
 * A store in Redis 5 or later, shared by all processes that give it the same `prefix`: in one server, in the primary
 * that Sentinels name, or in a Cluster.
 *
 * @throws RedisStoreError `INVALID_OPTION`
 */
export function redisStore(options: RedisStoreOptions): CacheStore {
  const { prefix = 'mikro-kit:', commandTimeoutMs: deadlineMs = 100, replica } = options;
  refuseImpossible('redisStore', deadlineMs);
  const connection = new RedisConnection(options, deadlineMs);
  const copies = replica && new EntryReplica({ client: replica }, deadlineMs);
  const bus = new Bus(() => connection.client(), `${prefix}bus`);
  const place = new StorePlace(connection, prefix, deadlineMs);
  const entries = new StoreEntries(place, envelope(options), copies);
  const stamps = new StoreStamps(place, `${prefix}bus`);
  const leases = new StoreLeases(place);
  return {
    read: (key, dependencies) => entries.read(key, dependencies),
    write: (key, entry, expirationMs) => entries.write(key, entry, expirationMs),
    clear: () => entries.clear(),
    stamp: dependencies => stamps.stamp(dependencies),
    mark: (dependencies, owner, holdMs) => stamps.mark(dependencies, owner, holdMs),
    bump: (dependencies, owner) => stamps.bump(dependencies, owner),
    lease: (key, owner, leaseMs) => leases.lease(key, owner, leaseMs),
    release: (key, owner) => leases.release(key, owner),
    listen: (listener: BusListener) => bus.listen(listener),
    close: async () => {
      bus.close();
      await Promise.all([connection.close(), copies?.close()]);
    },
  };
}

import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';

import { RedisStoreError } from '../redis-store-error.ts';
import { ServerLink } from './server-link.ts';
import type { SeveralServers } from './servers.ts';

/** Who holds what is not asked more often, in milliseconds. */
const REFRESH_EVERY_MS = 200;

/** The primaries of a Cluster, as its client knows them. */
export class ClusterServers implements SeveralServers {
  readonly only = undefined;
  readonly addedPrefix: string;
  readonly wantedPrefix: string;
  readonly #cluster: Cluster;
  readonly #isOurs: boolean;
  readonly #links = new Map<Redis, ServerLink>();
  #connecting: Promise<void> | undefined;
  #refreshed: { readonly at: number; readonly done: Promise<void> } | undefined;

  constructor(cluster: Cluster, isOurs: boolean) {
    this.#cluster = cluster;
    this.#isOurs = isOurs;
    const { keyPrefix, redisOptions } = cluster.options;
    this.addedPrefix = redisOptions?.keyPrefix ?? '';
    // The client of the whole Cluster would put it there; those of its nodes do not.
    this.wantedPrefix = this.addedPrefix === '' ? (keyPrefix ?? '') : '';
    cluster.on('-node', this.#gone);
  }

  async ready(deadlineMs: number): Promise<void> {
    if (this.isReady) return;
    const cluster = this.#cluster;
    if (this.#isOurs && (cluster.status === 'wait' || cluster.status === 'end'))
      cluster.connect().catch(() => undefined);
    if (cluster.status !== 'connecting' && cluster.status !== 'connect') throw this.#notConnected();
    await (this.#connecting ??= this.#settled(deadlineMs).finally(() => (this.#connecting = undefined)));
    if (!this.isReady) throw this.#notConnected();
  }

  owners(keys: readonly string[]): ReadonlyMap<ServerLink | undefined, readonly number[]> {
    const primaries = new Map(this.#cluster.nodes('master').map(node => [addressOf(node), node]));
    const owners = new Map<ServerLink | undefined, number[]>();
    for (const [at, key] of keys.entries()) {
      const [address = ''] = this.#cluster.slots[slotOf(this.addedPrefix + key)] ?? [];
      const node = primaries.get(address);
      const link = node && this.#link(node);
      const positions = owners.get(link) ?? [];
      owners.set(link, positions);
      positions.push(at);
    }
    return owners;
  }

  at(address: string): ServerLink | undefined {
    const node = this.#cluster.nodes('all').find(one => addressOf(one) === address);
    return node && this.#link(node);
  }

  all(): readonly ServerLink[] {
    return this.#cluster.nodes('master').map(node => this.#link(node));
  }

  async refresh(deadlineMs: number): Promise<void> {
    if (!this.#refreshed || performance.now() - this.#refreshed.at > REFRESH_EVERY_MS) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#cluster.refreshSlotsCache(() => resolve());
      this.#refreshed = { at: performance.now(), done: promise };
    }
    if (deadlineMs <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, deadlineMs);
    await Promise.race([this.#refreshed.done, promise]);
    clearTimeout(timer);
  }

  leave(): void {
    this.#cluster.off('-node', this.#gone);
    for (const link of this.#links.values()) link.leave();
    this.#links.clear();
  }

  #link(node: Redis): ServerLink {
    const known = this.#links.get(node);
    if (known) return known;
    const link = new ServerLink(node, { isOurs: this.#isOurs, isPooled: true });
    this.#links.set(node, link);
    return link;
  }

  readonly #gone = (node: Redis): void => {
    this.#links.get(node)?.leave();
    this.#links.delete(node);
    void this.refresh(0);
  };

  get isReady(): boolean {
    return this.#cluster.status === 'ready';
  }

  /** Connected, failed, or given up. */
  async #settled(deadlineMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => resolve();
    const timer = setTimeout(settle, deadlineMs);
    this.#cluster.once('ready', settle).once('close', settle);
    await promise;
    clearTimeout(timer);
    this.#cluster.off('ready', settle).off('close', settle);
  }

  #notConnected(): RedisStoreError {
    return new RedisStoreError('NOT_CONNECTED', `The Cluster is not connected (${this.#cluster.status}).`);
  }
}

/** As the client names nodes in `slots`. */
function addressOf({ options: { host = '127.0.0.1', port = 6379 } }: Redis): string {
  return `${host}:${port}`;
}

/** The current version of one dependency, as a store knows it. Two loads saw the same data only under one nonce. */
export type Stamp =
  | { readonly state: 'set'; readonly nonce: string }
  /** A writer announced a change and has not finished: nothing may hit, nothing may be filled. */
  | { readonly state: 'held' }
  /** Never set, evicted, or its hold has lapsed: a miss. */
  | { readonly state: 'missing' };

/** What one look into a store found. `stamps` are in the order in which they were asked for. */
export interface StoreRead {
  readonly entry: Uint8Array | undefined;
  readonly stamps: readonly Stamp[];
}

/** Who wants to hear of bumps without asking for stamps. Told synchronously; must not throw. */
export interface BusListener {
  /** These dependencies were bumped, by this process or another. */
  changed(dependencies: readonly string[]): void;
  /** Bumps may have gone unheard (never connected, cut off, a gap, another server): everything may have changed. `why` in a few words. */
  lost(why: string): void;
}

/** How much a store holds, where it can say so cheaply. */
export interface StoreSize {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Where entries and stamps live. A store compares no clocks of its clients, interprets no entry, and may lose anything
 * at any time: what is lost is a miss. It rejects when it cannot do what was asked (the cache goes on without it), and
 * bounds by itself how long it tries.
 *
 * The one law of stamps: **once a `mark` or a `bump` of a dependency was applied, no nonce that was valid before it is
 * ever valid again**, also when a command is applied twice or late because a client resent it. So a nonce is made where
 * it is applied (by the store, of something that never repeats), never by the caller.
 */
export interface CacheStore {
  /** `true`: no other process sees it, so what this process does not announce nobody else can miss. Default `false`. */
  readonly isLocal?: boolean;
  /**
   * The entry under `key`, unless it has expired, and the stamps of `dependencies`: one round trip. Without a `key`, for
   * those who have the entry already, the stamps only.
   */
  read(key: string | undefined, dependencies: readonly string[]): Promise<StoreRead>;
  /** Gives each missing stamp a new nonce, leaves the others alone, and tells all of them as they are then. */
  stamp(dependencies: readonly string[]): Promise<readonly Stamp[]>;
  /** Keeps `entry` under `key` for `expirationMs` milliseconds; nothing is kept when that is 0 or less. */
  write(key: string, entry: Uint8Array, expirationMs: number): Promise<void>;
  /**
   * Replaces each stamp by a hold of `owner`, which lapses after `holdMs` milliseconds. Several owners can hold one
   * dependency. A dependency whose last hold lapsed is missing.
   */
  mark(dependencies: readonly string[], owner: string, holdMs: number): Promise<void>;
  /**
   * Ends `owner`'s holds, and whatever stamp a dependency has otherwise, also when `owner` holds it no more or never did.
   * A dependency that nobody else holds has a new nonce then, or is missing.
   */
  bump(dependencies: readonly string[], owner: string): Promise<void>;
  /** Removes every entry of this store, and nothing that is not its own. Stamps and holds stay. */
  clear(): Promise<void>;
  /** Ends what the store opened itself. Safe to call twice. */
  close(): Promise<void>;
  /**
   * Whether `owner` may be the one who loads what `key` stands for: true for one owner at a time, until it is released or
   * `leaseMs` milliseconds have passed. A lease saves work and guards nothing: stamps do. Left out by stores that cannot
   * tell one owner from another.
   */
  lease?(key: string, owner: string, leaseMs: number): Promise<boolean>;
  /** Ends the lease if it is still `owner`'s. Comes with `lease`. */
  release?(key: string, owner: string): Promise<void>;
  /**
   * Has `listener` told of what any process bumps, from soon after the call on. Returns the function that ends that. Opens
   * what it needs by itself, never throws, and goes on trying while it is cut off. Left out by stores that cannot tell.
   */
  listen?(listener: BusListener): () => void;
  /** What is held now. Left out by stores for which that is not one cheap look. */
  size?(): StoreSize;
}

import type { ResultCacheOptions } from '@mikro-kit/result-cache';

import type { ItemState } from '../result-cache/torture/model.ts';
import type { Seen } from '../result-cache/torture/ways.ts';
import type { SqlOptions } from '../servers/index.ts';

/** Where Redis is: by `url`, or by its Sentinels. */
export interface RedisAddress {
  readonly url?: string;
  readonly sentinels?: { host: string; port: number }[];
  readonly name?: string;
  readonly natMap?: Record<string, { host: string; port: number }>;
}

/** What a worker process is started with. */
export interface WorkerSetup {
  /** Also the name that PostgreSQL knows it by. */
  readonly name: string;
  readonly seed: number;
  readonly database: SqlOptions;
  readonly redis: RedisAddress;
  readonly prefix: string;
  readonly cache: Pick<ResultCacheOptions, 'consistency' | 'onUnreachable' | 'maxStaleMs' | 'expiration'>;
  /** Some writes go past the cache. */
  readonly plant: boolean;
}

/** A read that ended well. Times by `nowMs`. */
export interface ReadReport {
  readonly how: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seen: readonly Seen[];
  /** What the cache did with its statements. */
  readonly told: string;
}

/** How a write ended, as far as its worker knows. */
export type WriteOutcome =
  | {
      readonly kind: 'acknowledged';
      readonly at: number;
      readonly how: string;
      readonly states: readonly ItemState[];
      /** Whether Redis had been told of it by then. */
      readonly isTold: boolean;
    }
  /** The cache did not let it through. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly error: string };

/** What a worker's cache says of itself. */
export interface WorkerHealth {
  readonly undelivered: number;
  readonly l1Hits: number;
  readonly l2Hits: number;
  /** The stamp of the dependency that was asked for, if its store has one. */
  readonly nonce: string | undefined;
  readonly lastFailure: string | undefined;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'lock'; readonly request: number; readonly items: readonly number[] }
  | { readonly kind: 'wrote'; readonly request: number; readonly outcome: WriteOutcome }
  | { readonly kind: 'read'; readonly reports: readonly ReadReport[] }
  | { readonly kind: 'read failed'; readonly how: string; readonly error: string }
  | { readonly kind: 'health'; readonly request: number; readonly health: WorkerHealth }
  | { readonly kind: 'stopped' };

export type ToWorker =
  | { readonly kind: 'locked'; readonly request: number; readonly states: readonly ItemState[] }
  | { readonly kind: 'examine'; readonly request: number; readonly dependency: string }
  /** Write no more. */
  | { readonly kind: 'calm' }
  | { readonly kind: 'stop' };

import type { MikroORM } from '@mikro-orm/core';

import { installCache } from './install-cache.ts';
import { memoryStore } from './memory-store.ts';
import type { ResultCache, ResultCacheOptions } from './result-cache-api.ts';
import { ResultCacheError } from './result-cache-error.ts';

const NAME = '@mikro-kit/result-cache';

/**
 * Answers reads of annotated entities (`cacheable`, `@Cacheable`) from a cache that is never older than the last commit
 * this package could see. An extension for `extensions: [resultCache()]`.
 *
 * @throws ResultCacheError `INVALID_OPTION`
 */
export function resultCache(options: ResultCacheOptions = {}): { register(orm: MikroORM): void } {
  const { expiration = 60_000, holdMs = 10_000, enabled = true } = options;
  refuseUnlessPositive({ expiration, holdMs });
  return {
    register(orm) {
      const cache = installCache(orm, { expiration, holdMs, enabled, store: options.store ?? memoryStore() });
      orm.config.registerExtension(NAME, () => cache);
    },
  };
}

/**
 * The result cache that was registered with this ORM.
 *
 * @throws ResultCacheError `NOT_REGISTERED`
 */
export function getResultCache(orm: MikroORM): ResultCache {
  const found: unknown = orm.config.getExtension(NAME);
  if (isResultCache(found)) return found;
  throw new ResultCacheError(
    'NOT_REGISTERED',
    'No result cache is registered with this ORM; add `extensions: [resultCache()]` to its options.',
  );
}

function refuseUnlessPositive(durations: Record<string, number>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value > 0) continue;
    throw new ResultCacheError(
      'INVALID_OPTION',
      `resultCache: ${name} must be more than 0 milliseconds, got ${value}.`,
    );
  }
}

function isResultCache(value: unknown): value is ResultCache {
  return typeof value === 'object' && value !== null && 'stats' in value && 'invalidate' in value && 'explain' in value;
}

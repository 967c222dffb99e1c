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
  const settings = { ...DEFAULTS, ...defined(options) };
  const { expiration, holdMs, storeDeadlineMs, shadow } = settings;
  refuseUnlessPositive({ expiration, holdMs, storeDeadlineMs });
  if (!(shadow >= 0 && shadow <= 1)) throw invalid(`shadow must be a share from 0 to 1, got ${shadow}.`);
  if (settings.onUnreachable === 'refuse' && settings.consistency === 'bounded') {
    throw invalid('onUnreachable "refuse" needs consistency "strict": without a mark there is nothing to refuse by.');
  }
  return {
    register(orm) {
      const cache = installCache(orm, { ...settings, store: options.store ?? memoryStore() });
      orm.config.registerExtension(NAME, () => cache);
    },
  };
}

const DEFAULTS: Required<Omit<ResultCacheOptions, 'store'>> = {
  expiration: 60_000,
  enabled: true,
  consistency: 'strict',
  onUnreachable: 'proceed',
  storeDeadlineMs: 1_000,
  shadow: 0,
  pureFunctions: [],
  holdMs: 10_000,
};

/** Without the options that are given as `undefined`. */
function defined(options: ResultCacheOptions): ResultCacheOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
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
    throw invalid(`${name} must be more than 0 milliseconds, got ${value}.`);
  }
}

function invalid(problem: string): ResultCacheError {
  return new ResultCacheError('INVALID_OPTION', `resultCache: ${problem}`);
}

function isResultCache(value: unknown): value is ResultCache {
  return typeof value === 'object' && value !== null && 'stats' in value && 'invalidate' in value && 'explain' in value;
}

import type { MikroORM } from '@mikro-orm/core';

import { refuseUnlessSound } from './entries/l1.ts';
import { installCache, type Settings } from './install-cache.ts';
import type { ResultCache, ResultCacheOptions } from './result-cache-api.ts';
import { ResultCacheError } from './result-cache-error.ts';
import { memoryStore } from './store/memory-store.ts';

const NAME = '@mikro-kit/result-cache';

/**
 * Answers reads of annotated entities (`cacheable`, `@Cacheable`) from a cache that is never older than the last commit
 * this package could see. An extension for `extensions: [resultCache()]`.
 *
 * @throws ResultCacheError `INVALID_OPTION`
 */
export function resultCache(options: ResultCacheOptions = {}): { register(orm: MikroORM): void } {
  const settings = { ...DEFAULTS, ...defined(options) };
  refuseOutOfRange(settings);
  return {
    register(orm) {
      const cache = installCache(orm, { ...settings, store: options.store ?? memoryStore() });
      orm.config.registerExtension(NAME, () => cache);
    },
  };
}

const DEFAULTS: Omit<Settings, 'store' | 'l1'> = {
  expiration: 60_000,
  enabled: true,
  negativeExpiration: 10_000,
  jitter: 0.1,
  earlyRefresh: 0,
  consistency: 'strict',
  maxStaleMs: 1_000,
  leaseMs: 2_000,
  loadFrom: 'primary',
  maxEntryBytes: 8 * 1024 * 1024,
  onUnreachable: 'proceed',
  storeDeadlineMs: 1_000,
  shadow: 0,
  pureFunctions: [],
  holdMs: 10_000,
};

/** The options that are one word of several. */
const WORDS = {
  consistency: ['strict', 'bounded'],
  onUnreachable: ['proceed', 'refuse'],
  loadFrom: ['primary', 'replicas'],
} as const;

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

function refuseOutOfRange(settings: Omit<Settings, 'store'> & Pick<ResultCacheOptions, 'store'>): void {
  const {
    expiration,
    negativeExpiration,
    holdMs,
    storeDeadlineMs,
    maxStaleMs,
    leaseMs,
    shadow,
    jitter,
    earlyRefresh,
    maxEntryBytes,
  } = settings;
  refuseUnlessOneOf('consistency', settings);
  refuseUnlessOneOf('onUnreachable', settings);
  refuseUnlessOneOf('loadFrom', settings);
  refuseUnlessPositive({ expiration, negativeExpiration, holdMs, storeDeadlineMs, maxStaleMs });
  if (!(maxEntryBytes >= 1)) throw invalid(`maxEntryBytes must be 1 or more, got ${maxEntryBytes}.`);
  if (!(leaseMs >= 0)) throw invalid(`leaseMs must be 0 or more milliseconds, got ${leaseMs}.`);
  refuseUnlessWithinADay({ holdMs, storeDeadlineMs, leaseMs });
  if (!(earlyRefresh >= 0)) throw invalid(`earlyRefresh must be 0 or more, got ${earlyRefresh}.`);
  for (const [name, share] of Object.entries({ shadow, jitter })) {
    if (!(share >= 0 && share <= 1)) throw invalid(`${name} must be a share from 0 to 1, got ${share}.`);
  }
  if (!settings.l1) return;
  refuseUnlessSound(settings.l1);
  if (settings.store?.isLocal ?? !settings.store) {
    throw invalid('l1 needs a store that processes share: this one is in memory already.');
  }
}

function refuseUnlessOneOf(name: keyof typeof WORDS, settings: Readonly<Record<keyof typeof WORDS, string>>): void {
  const [words, given]: [readonly string[], string] = [WORDS[name], settings[name]];
  if (!words.includes(given)) throw invalid(`${name} must be '${words.join("' or '")}', got ${JSON.stringify(given)}.`);
}

function refuseUnlessPositive(durations: Record<string, number>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value > 0) continue;
    throw invalid(`${name} must be more than 0 milliseconds, got ${value}.`);
  }
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Timers go off at once when they are set for more than they can count. */
function refuseUnlessWithinADay(durations: Record<string, number>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value > DAY_MS) throw invalid(`${name} must be no more than a day (${DAY_MS} milliseconds), got ${value}.`);
  }
}

function invalid(problem: string): ResultCacheError {
  return new ResultCacheError('INVALID_OPTION', `resultCache: ${problem}`);
}

function isResultCache(value: unknown): value is ResultCache {
  return typeof value === 'object' && value !== null && 'stats' in value && 'invalidate' in value && 'explain' in value;
}

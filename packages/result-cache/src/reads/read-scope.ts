import { AsyncLocalStorage } from 'node:async_hooks';

import type { AnnotatedRead, CacheableOptions } from '../annotation.ts';
import type { Dependency } from '../dependency.ts';
import { withExpirations, type Lifetime } from '../entries/lifetime.ts';
import type { BypassReason } from '../statistics.ts';

/** What holds for the statements that one call of the EntityManager sends, those of its populated children included. */
export type ReadScope =
  | { readonly kind: 'cached'; readonly policy: ReadPolicy }
  /** `annotated`: the call is for an annotated entity, so the host's own result cache keeps out of it too. */
  | { readonly kind: 'bypassed'; readonly reason: BypassReason; readonly annotated: boolean };

/** How the rows of a cached call are kept. */
export interface ReadPolicy {
  readonly lifetime: Lifetime;
  /** Tags and named keys that the entries depend on, besides their tables. */
  readonly labels: readonly Dependency[];
  /** The session context of row-level security, or undefined. */
  readonly session: unknown;
}

/** The part of the host's find and count options that decides about caching. */
export interface CacheWords {
  readonly cache?: boolean | number | [string, number];
  readonly refresh?: boolean;
  readonly lockMode?: number;
}

/** One call, as far as the choice of its scope needs it. */
export interface ReadCall {
  readonly annotation: CacheableOptions | undefined;
  readonly options: CacheWords;
  readonly isRefresh: boolean;
  readonly session: unknown;
  /** Unless the annotation or the call says otherwise. */
  readonly lifetime: Lifetime;
  /** What `when` is asked about. */
  readonly read: AnnotatedRead;
}

/** Carries the scope of a call down to the statements that it sends. */
export class ReadScopes {
  readonly #storage = new AsyncLocalStorage<ReadScope>();
  readonly #lazy = new AsyncLocalStorage<true>();

  current(): ReadScope | undefined {
    return this.#storage.getStore();
  }

  run<T>(scope: ReadScope | undefined, call: () => T): T {
    return scope === undefined || scope === this.current() ? call() : this.#storage.run(scope, call);
  }

  /** Runs a call that loads what has not been loaded yet, of which the host asks for a refresh. */
  lazily<T>(call: () => T): T {
    return this.#lazy.run(true, call);
  }

  /** Whether a call wants what the database holds, and not what is loaded only now. */
  isRefresh({ refresh }: CacheWords): boolean {
    return refresh === true && !this.#lazy.getStore();
  }
}

/**
 * The scope of a call inside `outer`. What goes past the cache does so as a whole; a child without an annotation of its
 * own is cached as part of the annotated call that populates it. Undefined: the cache has nothing to do with the call.
 */
export function scopeOf(call: ReadCall, outer: ReadScope | undefined): ReadScope | undefined {
  const annotated = call.annotation !== undefined || isAnnotated(outer);
  if (outer?.kind === 'bypassed') return annotated === outer.annotated ? outer : { ...outer, annotated };
  const reason = bypassReasonOf(call);
  if (reason) return { kind: 'bypassed', reason, annotated };
  if (call.annotation && !isWanted(call.annotation, call.read)) return { kind: 'bypassed', reason: 'when', annotated };
  return call.annotation ? { kind: 'cached', policy: policyOf(call, call.annotation, outer) } : inSession(call, outer);
}

/** A hook or a filter may read by an EntityManager with a session of its own. */
function inSession({ session }: ReadCall, outer: ReadScope | undefined): ReadScope | undefined {
  if (outer?.kind !== 'cached' || outer.policy.session === session) return outer;
  return { ...outer, policy: { ...outer.policy, session } };
}

/** Whether the call is for an annotated entity, or populates one that is. */
export function isAnnotated(scope: ReadScope | undefined): boolean {
  return scope !== undefined && (scope.kind === 'cached' || scope.annotated);
}

function isWanted({ when }: CacheableOptions, read: AnnotatedRead): boolean {
  try {
    return when?.(read) ?? true;
  } catch {
    return false;
  }
}

/** `LockMode.NONE` */
const NOT_LOCKED = 0;

/** Also of `lockMode: LockMode.OPTIMISTIC`, which wants to know what the database holds. */
function bypassReasonOf({ options: { cache, lockMode }, isRefresh }: ReadCall): BypassReason | undefined {
  if (cache === false) return 'cache: false';
  if (isRefresh) return 'refresh';
  return lockMode === undefined || lockMode === NOT_LOCKED ? undefined : 'locked read';
}

function policyOf(call: ReadCall, annotation: CacheableOptions, outer: ReadScope | undefined): ReadPolicy {
  const { cache } = call.options;
  const inherited = outer?.kind === 'cached' ? outer.policy.labels : [];
  const tags = (annotation.tags ?? []).map((tag): Dependency => `tag:${tag}`);
  const keys: Dependency[] = Array.isArray(cache) ? [`key:${cache[0]}`] : [];
  return {
    lifetime: lifetimeOf(cache, annotation, call.lifetime),
    labels: [...new Set([...inherited, ...tags, ...keys])],
    session: call.session,
  };
}

/** What the call says holds to the letter. */
function lifetimeOf(cache: CacheWords['cache'], annotation: CacheableOptions, byDefault: Lifetime): Lifetime {
  const said = Array.isArray(cache) ? cache[1] : cache;
  if (typeof said === 'number') return { ...byDefault, expirationMs: said, negativeExpirationMs: said, jitter: 0 };
  return withExpirations(byDefault, annotation);
}

import type { MikroORM } from '@mikro-orm/core';

import type { CachedReads } from '../reads/cached-reads.ts';
import type { BypassReason } from '../statistics.ts';
import type { WrapKey, WrapOptions, WrapPlans } from './wrap-plans.ts';
import type { WrappedRuns } from './wrapped-runs.ts';

/** What the wrapped functions of one ORM stand on. */
export interface WrapContext {
  readonly orm: MikroORM;
  readonly reads: CachedReads;
  readonly plans: WrapPlans;
  readonly runs: WrappedRuns;
}

/** @throws ResultCacheError `NO_KEY`, `NOT_MAPPED`, `NOT_WATCHED`, and whatever `fn` throws */
export async function wrapped<T>(
  key: WrapKey,
  fn: () => Promise<T> | T,
  options: WrapOptions,
  { orm, reads, plans, runs }: WrapContext,
): Promise<T> {
  const { wanted, tables } = plans.of(key, options);
  let refusal: (() => BypassReason | undefined) | undefined;
  const load = async (): Promise<T> => {
    options.signal?.throwIfAborted();
    const started = runs.of(fn, tables);
    refusal = () => started.refusal();
    return started.result;
  };
  const result = await reads.read(
    () => (orm.em.isInTransaction() ? 'transaction' : wanted),
    { load, refusal: () => refusal?.() },
    options.signal,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was kept under this key is what `fn` once gave
  return result as T;
}

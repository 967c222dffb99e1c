import type { MikroORM } from '@mikro-orm/core';

/** The part of `@mikro-kit/read-write-split` that the cache stands on. */
interface ReadWriteSplit {
  readonly enabled: boolean;
  fresh<T>(fn: () => T): Promise<Awaited<T>>;
}

/** Runs a read so that it misses nothing that was committed before; rejects when no node can promise that. */
export type Fresh = (read: () => Promise<unknown>) => Promise<unknown>;

/** How the ORM reads what is fresh from replicas; undefined without a read/write split, and while that is off. */
export function freshReadsOf({ config }: MikroORM): Fresh | undefined {
  const split: unknown = config.getExtension('@mikro-kit/read-write-split');
  if (!isSplit(split) || !split.enabled) return undefined;
  return async read => {
    const rows = await split.fresh(read);
    if (!split.enabled) throw new Error('The read/write split was switched off meanwhile.');
    return rows;
  };
}

// Structural, so that neither package needs the other.
function isSplit(value: unknown): value is ReadWriteSplit {
  return typeof value === 'object' && value !== null && 'fresh' in value && 'enabled' in value;
}

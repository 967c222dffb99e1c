import { helper, Utils, type EntityManager, type EntityName } from '@mikro-orm/core';

import type { AnnotatedRead } from '../annotation.ts';
import { isAnnotated, type CacheWords, type ReadScope } from '../reads/read-scope.ts';
import type { EntityManagerClass } from './host-entity-manager.ts';

/** What the EntityManager asks of the cache. */
export interface CallScopes {
  /** Runs a call of the EntityManager in the scope that its entity's annotation and its options give it. */
  run<T>(entity: EntityName, call: HostCall, reader: Reader | undefined, run: () => T): T;
  current(): ReadScope | undefined;
  /** Runs a call that loads what has not been loaded yet, of which the host asks for a refresh. */
  lazily<T>(call: () => T): T;
  /** Told of every EntityManager before it reads. */
  reading(em: EntityManager): void;
  /** Drops what was cached under a named key of the host's `cache` option. */
  dropKey(name: string): Promise<void>;
}

/** Who reads; asked only for what is to be cached. */
export interface Reader {
  getSessionContext(): unknown;
}

/** A reading call, as it was made. */
export interface HostCall {
  readonly method: AnnotatedRead['method'];
  readonly where: unknown;
  readonly options: CacheWords & object;
}

const NOTHING = Promise.resolve(undefined);

type HostCacheOption = boolean | number | [string, number] | undefined;

/**
 * `Base`, with its reads run in the scopes of the cache, and with the host's own result cache kept off the calls that
 * ours answers.
 */
export function cachingEntityManager(Base: EntityManagerClass, scopes: CallScopes): EntityManagerClass {
  return class CachingEntityManager extends Base {
    override find(entity: EntityName, where: unknown, options: object = {}): Promise<never> {
      return this.#run(entity, { method: 'find', where, options }, () => super.find(entity, where, options));
    }

    override findOne(entity: EntityName, where: unknown, options: object = {}): Promise<never> {
      const find = (): Promise<never> =>
        this.#run(entity, { method: 'findOne', where, options }, () => super.findOne(entity, where, options));
      return Utils.isEntity(where) && !helper(where).isInitialized() ? scopes.lazily(find) : find();
    }

    override populate(entities: object, populate: readonly never[] | false, options: object = {}): Promise<never> {
      const load = (): Promise<never> => super.populate(entities, populate, options);
      return isFirstLoad(entities, populate) ? scopes.lazily(load) : load();
    }

    override count(entity: EntityName, where?: unknown, options: object = {}): Promise<never> {
      return this.#run(entity, { method: 'count', where, options }, () => super.count(entity, where, options));
    }

    override refresh(entity: object, options: object = {}): Promise<never> {
      const call: HostCall = { method: 'findOne', where: entity, options: { ...options, refresh: true } };
      const { __meta: meta } = helper(entity);
      return this.#run(meta.class, call, () => super.refresh(entity, options));
    }

    #run(entity: EntityName, call: HostCall, run: () => Promise<unknown>): Promise<never> {
      scopes.reading(this);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `never` stands for the host's types, untouched here
      return scopes.run(entity, call, this, run) as Promise<never>;
    }

    /** The host's own result cache answers its own calls only. */
    override tryCache(
      entity: EntityName,
      config: HostCacheOption,
      ...rest: [key: unknown, refresh?: boolean, merge?: boolean]
    ): Promise<never> {
      const found = isAnnotated(scopes.current()) ? NOTHING : super.tryCache(entity, config, ...rest);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      return found as Promise<never>;
    }

    override storeCache(config: HostCacheOption, key: { key: string }, data: unknown): Promise<void> {
      return isAnnotated(scopes.current()) ? NOTHING : super.storeCache(config, key, data);
    }

    override async clearCache(name: string): Promise<void> {
      await super.clearCache(name);
      await scopes.dropKey(name);
    }
  };
}

/** Whether these are collections of one entity that have not been loaded yet, as when one of them is initialised. */
function isFirstLoad(entity: object, populate: readonly unknown[] | false): boolean {
  if (Array.isArray(entity) || !populate) return false;
  return populate.every(path => {
    const [name = ''] = typeof path === 'string' ? path.split(/[.:]/) : [];
    const collection: unknown = Reflect.get(entity, name);
    return Utils.isCollection(collection) && !collection.isInitialized(true);
  });
}

import { AsyncLocalStorage } from 'node:async_hooks';

/** The part of the host's `EntityLoader` that loads one relation of entities already loaded (7.2). */
interface EntityLoader {
  populateField(entityName: unknown, entities: unknown, populate: { field: string }, ...rest: unknown[]): Promise<void>;
}

interface FindOptions {
  readonly em?: unknown;
  readonly populate?: unknown;
  /** The host's own mark of a query that populates. */
  readonly visited?: unknown;
}

type Find = (entityName: unknown, where: unknown, options?: FindOptions) => Promise<unknown>;

/** Knows, across concurrent calls, which relation is being populated. */
export class PopulatePaths {
  readonly #storage = new AsyncLocalStorage<string>();
  readonly #known = new WeakSet<object>();

  /** The path from the root entity, such as `books.publisher`; undefined outside a populate. */
  current(): string | undefined {
    return this.#storage.getStore();
  }

  /**
   * Watches the entity loader of an EntityManager from the first find on that populates, as long as `isHeard`. The first
   * relation of an `em.populate()` before any such find is not told from a root query.
   */
  watch(driver: object, isHeard: () => boolean): void {
    for (const method of ['find', 'findOne']) {
      const find: unknown = Reflect.get(driver, method);
      if (!isFind(find)) continue;
      const hostFind = find.bind(driver);
      const watched: Find = (entityName, where, options) => {
        if (options && populates(options) && isHeard()) this.#watchLoaderOf(options.em);
        return hostFind(entityName, where, options);
      };
      Reflect.set(driver, method, watched);
    }
  }

  #watchLoaderOf(em: unknown): void {
    if (typeof em !== 'object' || em === null || this.#known.has(em)) return;
    this.#known.add(em);
    const loader = entityLoaderOf(em);
    if (!loader || this.#known.has(loader)) return;
    this.#known.add(loader);
    const populateField = loader.populateField.bind(loader);
    loader.populateField = (entityName, entities, populate, ...rest) =>
      this.#within(populate.field, () => populateField(entityName, entities, populate, ...rest));
  }

  #within<T>(field: string, load: () => T): T {
    const [name = field] = field.split(':');
    const outer = this.current();
    return this.#storage.run(outer === undefined ? name : `${outer}.${name}`, load);
  }
}

function populates({ populate, visited }: FindOptions): boolean {
  return visited !== undefined || (Array.isArray(populate) && populate.length > 0);
}

function isFind(value: unknown): value is Find {
  return typeof value === 'function';
}

function entityLoaderOf(em: object): EntityLoader | undefined {
  const loader: unknown = 'getEntityLoader' in em && typeof em.getEntityLoader === 'function' && em.getEntityLoader();
  return isEntityLoader(loader) ? loader : undefined;
}

function isEntityLoader(value: unknown): value is EntityLoader {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'populateField') === 'function';
}

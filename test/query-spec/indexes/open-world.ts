import { type Database, openDatabase } from '../databases.ts';
import { type Plan, planBy, planOf, unsortedPlanOf } from './plan.ts';
import { queriesOf } from './queries.ts';
import { type FurtherIndexes, entitiesOf, store, withIndexes } from './world.ts';

/** A database with posts and authors, and what its planner would do. */
export interface IndexedWorld extends AsyncDisposable {
  readonly name: Database;
  readonly queries: ReturnType<typeof queriesOf>;
  /**
   * What the planner does with the statement that is sent for a spec, and what it can do by an index, or, where it likes to
   * sort a few rows, without sorting.
   */
  plansOf(query: 'posts' | 'authors', input: object, index?: string): Promise<Plans>;
}

/** What a planner does, and what it can do. */
export interface Plans {
  readonly plan: Plan;
  readonly ordered: Plan;
}

/** Opens one with further indexes. */
export async function openIndexedWorld(name: Database, further: FurtherIndexes): Promise<IndexedWorld> {
  const entities = withIndexes(entitiesOf(name), further);
  let last = { sql: '', params: [] as readonly unknown[] };
  const database = await openDatabase(name, {
    entities: [entities.Post, entities.Author, entities.Tag],
    slowQueryThreshold: 0,
    slowQueryLoggerFactory: () => ({
      log: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      logQuery: ({ query: sql = '', params = [] }) => void (last = { sql, params }),
      setDebugMode: () => undefined,
      isEnabled: () => true,
    }),
  });
  const em = database.orm.em.fork();
  await store(em, name, entities);
  const queries = queriesOf(entities);
  queries.posts.prepare(em);
  queries.authors.prepare(em);
  return {
    name,
    queries,
    async plansOf(query, input, index) {
      const fork = database.orm.em.fork();
      await (query === 'posts'
        ? queries.posts.find(fork, queries.posts.parse(input))
        : queries.authors.find(fork, queries.authors.parse(input)));
      const statement = last;
      const plan = await planOf(fork, name, statement);
      if (index !== undefined) {
        return { plan, ordered: await planBy(fork, name, statement, index) };
      }
      return { plan, ordered: name === 'postgres' ? await unsortedPlanOf(fork, statement) : plan };
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** The text of what the host's `execute` is given: SQL, a fragment, or a query builder of its own; empty if it is neither. */
export function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  if (typeof query !== 'object' || query === null) return '';
  if ('sql' in query && typeof query.sql === 'string') return query.sql;
  return 'toRaw' in query && typeof query.toRaw === 'function' ? textOf(query.toRaw()) : '';
}

/** The id of the EntityManager's fork that sends a statement, from the host's logger context. */
export function forkOf(loggerContext: unknown): number | undefined {
  if (typeof loggerContext !== 'object' || loggerContext === null) return undefined;
  const id: unknown = Reflect.get(loggerContext, 'id');
  return typeof id === 'number' ? id : undefined;
}

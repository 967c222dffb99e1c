import type { ReadWriteSplit } from './read-write-split-api.ts';
import { ReadWriteSplitError } from './read-write-split-error.ts';

/** Stands in where a driver has no connections to route between: the host goes on as without this package. */
export function unrouted(enabled: boolean): ReadWriteSplit {
  return {
    enabled,
    read: fn => fn(),
    write: fn => fn(),
    onNode: unknown,
    explain: () => 'primary: there are no replicas',
    nodes: () => [],
    usePrimary: unknown,
    token: async () => undefined,
    withToken: (_token, fn) => fn(),
    session: () => ({ run: fn => fn(), hasWritten: false, token: async () => undefined }),
    reached: async name => unknown(name),
    fresh: async () => unknown('replica'),
    mayFill: async name => name === 'primary' || unknown(name),
    on: () => () => undefined,
  };
}

function unknown(name: string): never {
  throw new ReadWriteSplitError('UNKNOWN_NODE', `There is no node '${name}'; this driver's nodes are not known.`);
}

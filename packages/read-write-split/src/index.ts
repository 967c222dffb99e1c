export { getReadWriteSplit, readWriteSplit } from './read-write-split.ts';
export { ReadWriteSplitError, type ReadWriteSplitErrorCode } from './read-write-split-error.ts';
export type { Balance, Consistency, ReadWriteSplitOptions } from './read-write-split-options.ts';
export type { ReadWriteSplit, ReadWriteSplitEvents } from './read-write-split-api.ts';
export type { Route, RouteReason } from './route/route.ts';

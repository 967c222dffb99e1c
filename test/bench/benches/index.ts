export { querySpec } from './query-spec.ts';
export { tap } from './tap.ts';

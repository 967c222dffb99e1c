export type { Comparison, Condition, Group, Negation, Operand, QuerySpec, SortKey, Value } from './ast.ts';
export { type EntityQuery, type QuerySpecOptions, defineQuerySpec } from './define-query-spec.ts';
export type { FieldPath, FieldType, FilterList, RelationPath } from './field-paths.ts';
export type { Operator } from './operators.ts';
export type { OperatorFor } from './operators-by-type.ts';
export type { Page, PageOptions } from './page.ts';
export {
  type ProblemDetails,
  QuerySpecError,
  type QuerySpecErrorCode,
  type QuerySpecErrorDetails,
  isQuerySpecError,
} from './query-spec-error.ts';
export type { HostCountOptions, HostFindOptions } from './run.ts';
export { type WireFilters, type WireSpec, serialize } from './serialize.ts';
export { shapeId } from './shape-id.ts';
export type { StreamOptions } from './stream.ts';

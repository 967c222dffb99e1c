export type {
  Comparison,
  Condition,
  Group,
  Negation,
  Operand,
  Quantified,
  QuerySpec,
  Size,
  SortKey,
  Value,
} from './ast.ts';
export type { DeclaredPath } from './declared-paths.ts';
export type { DeclaredType } from './declared-type.ts';
export { defineQuerySpec } from './define-query-spec.ts';
export type { EntityQuery } from './entity-query.ts';
export type { CollectionPath, FieldPath, FieldType, FilterList, FilterPath, RelationPath } from './field-paths.ts';
export type { List, ListOptions } from './list.ts';
export type { NullRule } from './matchers.ts';
export type { Operator } from './operators.ts';
export type { OperatorFor, OperatorForDeclared } from './operators-by-type.ts';
export type { Page, PageOptions } from './page.ts';
export type { Quantifier, SizeOperator } from './quantifiers.ts';
export {
  type ProblemDetails,
  QuerySpecError,
  type QuerySpecErrorCode,
  type QuerySpecErrorDetails,
  isQuerySpecError,
} from './query-spec-error.ts';
export type { SizeLimits } from './query-limits.ts';
export type { DeclaredTypes, QuerySpecDefaults, QuerySpecOptions } from './query-spec-options.ts';
export type { HostCountOptions, HostFindOptions } from './run.ts';
export { type WireFilters, type WireSpec, serialize } from './serialize.ts';
export { shapeId } from './shape-id.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts';
export type { StreamOptions, StreamProgress } from './stream.ts';
export type { Total, TotalKind } from './total.ts';

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
} from './spec/ast.ts';
export type { DeclaredPath } from './inference/declared-paths.ts';
export type { DeclaredType } from './definition/declared-type.ts';
export { defineQuerySpec } from './define-query-spec.ts';
export type { EntityQuery } from './entity-query.ts';
export type {
  CollectionPath,
  FieldPath,
  FieldType,
  FilterList,
  FilterPath,
  RelationPath,
} from './inference/field-paths.ts';
export type { MissingIndex } from './indexes/missing-index.ts';
export type { RequireIndexed, UnindexedSpec } from './indexes/require-indexed.ts';
export type { List, ListOptions } from './run/list.ts';
export type { NullRule } from './translate/matchers.ts';
export type { Operator } from './spec/operators.ts';
export type { OperatorFor, OperatorForDeclared } from './inference/operators-by-type.ts';
export type { Page, PageOptions } from './run/page.ts';
export type { Quantifier, SizeOperator } from './spec/quantifiers.ts';
export {
  type ProblemDetails,
  QuerySpecError,
  type QuerySpecErrorCode,
  type QuerySpecErrorDetails,
  isQuerySpecError,
} from './query-spec-error.ts';
export type { SizeLimits } from './definition/query-limits.ts';
export type { DeclaredTypes, QuerySpecDefaults, QuerySpecOptions } from './definition/query-spec-options.ts';
export type { HostCountOptions, HostFindOptions } from './run/run.ts';
export { type WireFilters, type WireSpec, serialize } from './spec/serialize.ts';
export { shapeId } from './spec/shape-id.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './parse/standard-schema.ts';
export type { StreamOptions, StreamProgress } from './run/stream.ts';
export type { Total, TotalKind } from './run/total.ts';

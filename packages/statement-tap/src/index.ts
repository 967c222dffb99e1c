export type { Guard, ObserveOptions, Observer } from './listeners.ts';
export { type EventListener, EventListeners } from './event-listeners.ts';
export type { NodeStatus } from './node-status.ts';
export type { PoolEvents, PoolGauge } from './pool.ts';
export type {
  ObservedStatement,
  Outcome,
  Statement,
  StatementKind,
  Transaction,
  TransactionCommand,
} from './statement.ts';
export { StatementRefused, isStatementRefused } from './statement-refused.ts';
export { ensureTap, statementTap, type StatementTap } from './statement-tap.ts';
export type { Prepare, Send } from './sql/preparation.ts';
export { type PoolSocket, socketsOf } from './sql/native-pool.ts';
export { type SqlDialect, sqlDialectOf } from './sql/sql-dialect.ts';
export type { StateChanges } from './sql/state-changes.ts';
export { type SqlToken, tokenize } from './sql/sql-tokens.ts';
export { commandKind as mongoCommandKind } from './mongo/command-kind.ts';

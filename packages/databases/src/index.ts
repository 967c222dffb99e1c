export { defineDatabases } from './define-databases.ts';
export type { Databases, DatabasesConfig, DatabasesLifecycle, OrmOf } from './databases-config.ts';
export { DatabasesError, type DatabasesErrorCode, type RoleFailure } from './databases-error.ts';
export { poolFor, type PoolForOptions } from './pool-for.ts';
export type { PoolDriver, PoolPlan } from './pool-plan.ts';

import type { PoolSize } from './pool-size.ts';

/** The drivers of MikroORM that a pool can be planned for. */
export type PoolDriver = 'postgresql' | 'mysql' | 'mariadb' | 'mongodb' | 'sqlite';

/** Options of MikroORM, and what they cannot express. Spread `pool` and `driverOptions` into MikroORM's options. */
export interface PoolPlan {
  readonly pool: { min?: number; max?: number; idleTimeoutMillis?: number };
  readonly driverOptions: Record<string, number | boolean>;
  /** One line for each thing that the driver does differently or cannot do. */
  readonly notes: readonly string[];
}

/** What a pool is asked to do. */
export interface PoolWishes extends PoolSize {
  readonly acquireTimeoutMs: number;
  readonly recycleAfterMs: number;
}

const noLivenessCheck =
  'No liveness check before use: MikroORM cannot swap a dead connection for another. TCP keep-alive finds it while idle.';

// How long pg keeps a burst connection: its own default, stated because MikroORM passes `pool` on.
const PG_BURST_IDLE_MS = 10_000;

/** How each driver is told, checked against pg-pool 3.14, mysql2 3.24 and mongodb 7.6 under MikroORM 7.2. */
export const poolPlanners: Readonly<Record<PoolDriver, (wishes: PoolWishes) => PoolPlan>> = {
  postgresql: planPg,
  mysql: planMysql2,
  mariadb: planMysql2,
  mongodb: planMongo,
  sqlite: planSqlite,
};

function planPg({ base, burst, acquireTimeoutMs, recycleAfterMs }: PoolWishes): PoolPlan {
  return {
    pool: { min: base, max: base + burst, idleTimeoutMillis: PG_BURST_IDLE_MS },
    driverOptions: {
      connectionTimeoutMillis: acquireTimeoutMs,
      maxLifetimeSeconds: Math.ceil(recycleAfterMs / 1_000),
      keepAlive: true,
    },
    notes: [
      noLivenessCheck,
      'Connections are opened when first needed; `min` only keeps them from being closed as idle.',
    ],
  };
}

// Whatever makes mysql2 close idle connections (`maxIdle` below the limit) starts a timer that it arms again while the
// pool ends, so the process of an application that closed its ORM would not exit.
function planMysql2({ base, burst, acquireTimeoutMs }: PoolWishes): PoolPlan {
  return {
    pool: { max: base + burst },
    driverOptions: { connectTimeout: acquireTimeoutMs, enableKeepAlive: true },
    notes: [
      'No acquire timeout: a query waits in the queue for ever; add `driverOptions.queueLimit` to refuse beyond a length.',
      'The timeout bounds connecting only (`connectTimeout`).',
      'No recycling, and burst connections stay open: closing idle ones keeps the process alive after `orm.close()`.',
      noLivenessCheck,
    ],
  };
}

function planMongo({ base, burst, acquireTimeoutMs, recycleAfterMs }: PoolWishes): PoolPlan {
  return {
    pool: { min: base, max: base + burst },
    driverOptions: { waitQueueTimeoutMS: acquireTimeoutMs, maxIdleTimeMS: recycleAfterMs },
    notes: [
      'The pool is per server: a replica set of three has three pools of this size.',
      'Recycling is by idle time, not by age: a connection in steady use is never replaced.',
      'Burst connections stay open until they have been idle that long too.',
      'No liveness check before use: the driver watches each server and drops the pool of one that it lost.',
    ],
  };
}

function planSqlite(): PoolPlan {
  return {
    pool: {},
    driverOptions: {},
    notes: ['No pool: one connection for the process, and statements wait for each other without a timeout.'],
  };
}

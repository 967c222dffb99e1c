import { callOrigin, isPrepared } from '../origin.ts';
import type { QuerySender } from './handover.ts';
import type { ConnectionWatch, KyselyConnection } from './kysely-seam.ts';
import type { NodePool } from './node-pool.ts';
import { StatementRunner, type TapContext } from './statement-runner.ts';
import { type DialectMaker, tapDialects } from './tapped-dialects.ts';
import { type TransactionHost, UnreleasedConnections } from './unreleased-connections.ts';

/** The parts of the host's SQL connection that the tap replaces on the instance (`AbstractSqlConnection`, 7.2). */
export interface SqlConnection extends DialectMaker, TransactionHost {
  getClient(): QuerySender;
  execute(
    query: unknown,
    params?: unknown,
    method?: string,
    transaction?: QuerySender,
    loggerContext?: Record<string, unknown>,
  ): Promise<unknown>;
  executeQuery<T>(query: string, send: () => Promise<T>, context: Record<string, unknown>): Promise<T>;
  prepareQuery(query: unknown, params?: unknown): { query: string; params: unknown[]; formatted: string };
  stream(
    query: unknown,
    params: unknown,
    ...rest: [ctx?: unknown, loggerContext?: Record<string, unknown>, chunkSize?: number]
  ): AsyncIterableIterator<unknown>;
  executeDump(dump: string): Promise<void>;
  getNativeClient(): Promise<unknown>;
}

const SEAM = [
  'createKysely',
  'createKyselyDialect',
  'getClient',
  'execute',
  'executeQuery',
  'prepareQuery',
  'stream',
  'executeDump',
  'getNativeClient',
  'begin',
] as const;

/** Whether a connection has everything that {@link tapConnection} relies on. */
export function isSqlConnection(connection: object): connection is SqlConnection {
  return 'options' in connection && SEAM.every(name => typeof Reflect.get(connection, name) === 'function');
}

/**
 * Makes one connection of the host report its statements: at the database connection below Kysely, where everything
 * passes exactly once, told apart by what the host knew above. Survives `orm.reconnect()`.
 *
 * @param defaultDriverOptions the ORM's own `driverOptions`, which the connection falls back to
 * @param warn hears when the statements of this connection cannot be seen
 */
export function tapSqlConnection(
  connection: SqlConnection,
  pool: NodePool,
  tap: TapContext,
  defaultDriverOptions: () => unknown,
  warn: (message: string) => void,
): void {
  const unreleased = new UnreleasedConnections();
  unreleased.watch(connection);
  tapDialects(connection, {
    watch: watchConnections(tap, pool, unreleased),
    defaultDriverOptions,
    created: () => tap.handover.watch(connection.getClient()),
    unseen: () =>
      warn(`nothing of ${pool.node} can be seen: driverOptions holds a Kysely instance. Give its dialect instead.`),
  });
  tapCalls(connection, tap);
  tapStreams(connection, tap);
  tapDumps(connection, tap, pool.node);
}

/** Replaces `executeQuery` and `streamQuery` of each database connection once, when it is first handed out. */
function watchConnections(tap: TapContext, pool: NodePool, unreleased: UnreleasedConnections): ConnectionWatch {
  const runners = new WeakMap<KyselyConnection, StatementRunner>();
  const connect = (connection: KyselyConnection): StatementRunner => {
    const runner = tapKyselyConnection(connection, new StatementRunner(tap, pool.node));
    runners.set(connection, runner);
    pool.connected();
    return runner;
  };
  return {
    get isHeard() {
      return tap.listeners.any || pool.isHeard;
    },
    acquiring(connection) {
      if (runners.has(connection) || !tap.preparation.isTracked) return undefined;
      return tap.preparation.prepare(connection.executeQuery.bind(connection), pool.node);
    },
    acquired(connection, waitUs, at) {
      const runner = runners.get(connection) ?? connect(connection);
      runner.acquired(waitUs, at);
      pool.acquired(waitUs);
    },
    released: () => pool.released(),
    notBegun: (error, release) => unreleased.notBegun(error, release),
    destroyed: () => pool.destroyed(),
  };
}

function tapKyselyConnection(connection: KyselyConnection, runner: StatementRunner): StatementRunner {
  const execute = connection.executeQuery.bind(connection);
  const stream = connection.streamQuery.bind(connection);
  connection.executeQuery = (query, options) =>
    runner.isHeard ? runner.execute(query, () => execute(query, options)) : execute(query, options);
  connection.streamQuery = (query, chunkSize, options) =>
    runner.isHeard ? runner.stream(query, () => stream(query, chunkSize, options)) : stream(query, chunkSize, options);
  return runner;
}

/** Lets the statements of `execute` know their template, values and fork. */
function tapCalls(connection: SqlConnection, { listeners, handover }: TapContext): void {
  const execute = connection.execute.bind(connection);
  const executeQuery = connection.executeQuery.bind(connection);
  connection.execute = (query, params, method, transaction, loggerContext) => {
    if (transaction && listeners.any) handover.watch(transaction);
    return execute(query, params, method, transaction, loggerContext);
  };
  connection.executeQuery = (query, send, context) => {
    if (!listeners.any) return executeQuery(query, send, context);
    return executeQuery(query, () => handover.give(context, send), context);
  };
}

/** The same for streams, whose query is prepared only when the first row is asked for. */
function tapStreams(connection: SqlConnection, { listeners, origins }: TapContext): void {
  const prepareQuery = connection.prepareQuery.bind(connection);
  const stream = connection.stream.bind(connection);
  connection.prepareQuery = (query, params) => {
    const prepared = prepareQuery(query, params);
    const origin = listeners.any ? origins.currentCall() : undefined;
    if (origin && !origin.prepared && isPrepared(prepared)) origin.prepared = prepared;
    return prepared;
  };
  connection.stream = (query, params, ...rest) => {
    const rows = stream(query, params, ...rest);
    return listeners.any ? origins.iterate(callOrigin(rest[1]), rows) : rows;
  };
}

/** Some drivers run dumps past Kysely, so dumps are reported here and not below. */
function tapDumps(connection: SqlConnection, tap: TapContext, node: string): void {
  const executeDump = connection.executeDump.bind(connection);
  connection.executeDump = async dump => {
    const runner = new StatementRunner(tap, node);
    await runner.execute({ sql: dump, parameters: [] }, async () => {
      await tap.origins.run({ kind: 'dump' }, () => executeDump(dump));
      return { rows: [] };
    });
  };
}

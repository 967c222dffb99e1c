import { type ConnectionWatch, isKyselyDialect, type KyselyDialect, watchDialect } from './kysely-seam.ts';

/** The parts of the host's SQL connection that make its Kysely (`AbstractSqlConnection`, 7.2). */
export interface DialectMaker {
  options: { driverOptions?: unknown };
  createKysely(): void | Promise<void>;
  createKyselyDialect(options: unknown): KyselyDialect | Promise<KyselyDialect>;
}

/** What {@link tapDialects} needs and tells. */
export interface DialectTap {
  readonly watch: ConnectionWatch;
  /** The ORM's own `driverOptions`, which a connection without any falls back to. */
  readonly defaultDriverOptions: () => unknown;
  /** The connection has its Kysely. */
  readonly created: () => void;
  /** The user gave a Kysely instance, whose dialect is out of reach. */
  readonly unseen: () => void;
}

/** Watches the dialect that the connection makes, or the one that the user gave it. */
export function tapDialects(connection: DialectMaker, tap: DialectTap): void {
  const createDialect = connection.createKyselyDialect.bind(connection);
  const createKysely = connection.createKysely.bind(connection);
  connection.createKyselyDialect = options => {
    const dialect = createDialect(options);
    return dialect instanceof Promise
      ? dialect.then(d => watchDialect(d, tap.watch))
      : watchDialect(dialect, tap.watch);
  };
  connection.createKysely = () => {
    const created = withOptions(connection, watched(connection, tap), createKysely);
    return created instanceof Promise ? created.then(tap.created) : tap.created();
  };
}

/** What the host is to find in place of its `driverOptions`. */
function watched({ options }: DialectMaker, { watch, defaultDriverOptions, unseen }: DialectTap): unknown {
  const given = options.driverOptions ?? defaultDriverOptions();
  const resolved: unknown = typeof given === 'function' ? given() : given;
  if (isKyselyInstance(resolved)) unseen();
  return isKyselyDialect(resolved) ? watchDialect(resolved, watch) : resolved;
}

/** Has the connection see these options while `create` runs, and its own again afterwards, however that ends. */
function withOptions(
  connection: DialectMaker,
  driverOptions: unknown,
  create: () => void | Promise<void>,
): void | Promise<void> {
  const own = connection.options.driverOptions;
  const restore = (): void => void (connection.options.driverOptions = own);
  connection.options.driverOptions = driverOptions;
  let created: void | Promise<void> = undefined;
  try {
    created = create();
  } finally {
    if (!(created instanceof Promise)) restore();
  }
  return created instanceof Promise ? created.finally(restore) : undefined;
}

function isKyselyInstance(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'selectFrom' in options;
}

import { ensureTap } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { CausalCalls } from '../causal/causal-calls.ts';
import { causalOf, consistencyOf } from '../causal/causal-of.ts';
import type { LocatedNodes } from '../causal/causal.ts';
import { watchCommits } from '../causal/commits.ts';
import { NodeProgress } from '../positions/node-progress.ts';
import type { ReadWriteSplit } from '../read-write-split-api.ts';
import type { ResolvedOptions } from '../read-write-split-options.ts';
import { requestOf } from '../route/host-context.ts';
import { heedConnectionType } from './connection-type.ts';
import { clientOptionsOf, readPreferenceOf } from './mongo-options.ts';
import { isMongoHost, type MongoHost } from './mongo-seam.ts';
import { MongoSplit } from './mongo-split.ts';

/** The split of an ORM on MongoDB; undefined on any other database. @throws ReadWriteSplitError `INVALID_OPTION` */
export function mongoSplit(
  orm: MikroORM,
  options: ResolvedOptions,
  warn: (message: string) => void,
): ReadWriteSplit | undefined {
  const { driver } = orm;
  const getConnection = driver.getConnection.bind(driver);
  const connection = getConnection('write');
  if (!isMongoHost(connection)) return undefined;
  giveClientOptions(orm, connection, clientOptionsOf(options.mongo), warn);
  const request = (): object | undefined => requestOf(orm);
  const causal = causalOf(options, nodes(), 'mongodb', warn);
  const consistency = consistencyOf(options, causal);
  const split = new MongoSplit({
    orm,
    host: connection,
    preference: readPreferenceOf(options.mongo),
    consistency,
    causal: new CausalCalls(causal, nodes(), request),
    enabled: options.enabled,
    warn,
  });
  beginOnPrimary(connection);
  driver.getConnection = type => (type === 'read' ? split.connectionForReads(connection) : getConnection(type));
  const prefersReplicas = (): boolean => orm.config.get('preferReadReplicas') ?? true;
  heedConnectionType(driver, prefersReplicas, read => split.byConnectionType(read));
  watchCommits(ensureTap(orm), place => consistency.wrote(request(), place));
  return split;
}

/** A client whose URL prefers other members would fail every read in a transaction. */
function beginOnPrimary(host: MongoHost): void {
  const begin = host.begin.bind(host);
  host.begin = options => begin({ readPreference: 'primary', ...options });
}

/** Members wait for an operation time by themselves, so none is asked where it stands. */
function nodes(): LocatedNodes {
  const standing = { role: 'primary', position: undefined, origin: undefined, origins: new Set<string>() } as const;
  const progress = new NodeProgress(async () => standing);
  void progress.look();
  return { primary: { name: 'primary', progress }, replicas: [] };
}

/** The connection has taken the configured ones already; one that is made later takes them from the configuration. */
function giveClientOptions(
  { config }: MikroORM,
  { options }: { readonly options: object },
  ours: object,
  warn: (message: string) => void,
): void {
  const given: unknown = config.get('driverOptions') ?? {};
  if (!isPlain(given)) {
    return warn(
      'driverOptions is not an object of options, so retryWrites, retryReads and timeouts are as they are there.',
    );
  }
  const both = { ...given, ...ours };
  config.set('driverOptions', both);
  Reflect.set(options, 'driverOptions', both);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

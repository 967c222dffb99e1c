import { ensureTap, sqlDialectOf } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { watchCommits } from './causal/commits.ts';
import { trackGtids } from './causal/track-gtids.ts';
import { mongoSplit } from './mongo/install-mongo.ts';
import { ofReplicas } from './nodes/driver-options.ts';
import { type NamedConnections, namedConnections } from './nodes/host-connection.ts';
import { keepReplicaOptions } from './nodes/replica-options.ts';
import { invalid } from './option-checks.ts';
import type { ReadWriteSplit } from './read-write-split-api.ts';
import { ReadWriteSplitError } from './read-write-split-error.ts';
import { resolveOptions, type ReadWriteSplitOptions, type ResolvedOptions } from './read-write-split-options.ts';
import { guardReplicas } from './route/guard-replicas.ts';
import { watchRefusals } from './route/watch-refusals.ts';
import { Split } from './split.ts';
import { unrouted } from './unrouted.ts';

const NAME = '@mikro-kit/read-write-split';

/**
 * The extension: put it in MikroORM's `extensions` next to `replicas`, reach it with {@link getReadWriteSplit}. Opens no
 * connection and starts no timer before the first statement.
 *
 * @throws ReadWriteSplitError `INVALID_OPTION`
 */
export function readWriteSplit(options: ReadWriteSplitOptions = {}): { register(orm: MikroORM): void } {
  const resolved = resolveOptions(options);
  return { register: orm => install(orm, resolved) };
}

/** The read/write split of an ORM. @throws ReadWriteSplitError `NOT_REGISTERED` */
export function getReadWriteSplit(orm: MikroORM): ReadWriteSplit {
  const split: unknown = orm.config.getExtension(NAME);
  if (isSplit(split)) return split;
  const remedy = "add readWriteSplit() to MikroORM's `extensions`";
  throw new ReadWriteSplitError('NOT_REGISTERED', `This ORM has no read/write split; ${remedy}.`);
}

// Structural, so that a second installed copy finds the split of the first.
function isSplit(value: unknown): value is ReadWriteSplit {
  return typeof value === 'object' && value !== null && 'explain' in value && 'read' in value && 'write' in value;
}

function install(orm: MikroORM, options: ResolvedOptions): void {
  if (orm.config.getExtension(NAME)) throw invalid('readWriteSplit() stands twice in `extensions`; one is enough.');
  // `enabled`: the host prints warnings only in debug mode otherwise.
  const warn = (message: string): void =>
    orm.config.getLogger().warn('info', `read-write-split: ${message}`, { enabled: true });
  const mongo = mongoSplit(orm, options, warn);
  if (mongo) return orm.config.registerExtension(NAME, () => mongo);
  const connections = namedConnections(orm);
  if (connections === 'unknown') {
    const off = unrouted(options.enabled);
    orm.config.registerExtension(NAME, () => off);
    return warn(`${orm.driver.constructor.name} made no connection for each replica; it is off.`);
  }
  requireNames(connections, options);
  const dialect = sqlDialectOf(orm.driver.getPlatform());
  const tap = ensureTap(orm);
  const split = new Split({
    orm,
    options,
    connections,
    dialect,
    classify: text => tap.classify(text),
    warn,
  });
  orm.config.registerExtension(NAME, () => split);
  if (dialect === 'mysql') trackGtids(tap);
  if (dialect !== 'sqlite' || connections.replicas.length > 0) watchCommits(tap, place => split.wrote(place));
  const replicas = connections.replicas.map(({ connection }) => connection);
  if (replicas.length === 0) return;
  keepReplicaOptions(orm, replicas, ofReplicas(dialect, options.connectTimeoutMs), split);
  routeConnections(orm, split);
  guardReplicas(tap, split);
  watchRefusals(tap, () => void split.lookForPrimary());
}

/** Nodes are told apart by their names, which weights use, too. */
function requireNames({ primary, replicas }: NamedConnections, { weights }: ResolvedOptions): void {
  const names = [primary, ...replicas].map(({ name }) => name);
  const double = names.find((name, at) => names.indexOf(name) !== at);
  if (double !== undefined) throw invalid(`Two nodes are called '${double}'; give each of \`replicas\` its own name.`);
  const unknown = Object.keys(weights).find(name => !names.includes(name));
  if (unknown === undefined || replicas.length === 0) return;
  throw invalid(`There is no node '${unknown}' to give a weight to; there are ${names.join(', ')}.`);
}

/** All that the host sends asks its driver for a connection first, but for what takes the primary's without asking. */
function routeConnections({ driver }: MikroORM, split: Split): void {
  const getConnection = driver.getConnection.bind(driver);
  driver.getConnection = type => {
    if (!split.enabled) return getConnection(type);
    return type === 'read' ? split.readConnection() : split.writeConnection();
  };
  const execute: unknown = Reflect.get(driver, 'execute');
  if (typeof execute !== 'function') return;
  Reflect.set(driver, 'execute', (...args: unknown[]): unknown => {
    const connection = args[CONNECTION_AT] ?? driver.getConnection('write');
    return Reflect.apply(
      execute,
      driver,
      Object.assign(Array.from({ length: CONNECTION_AT }), args, { [CONNECTION_AT]: connection }),
    );
  });
}

/** Where the connection stands among the arguments of the driver's `execute`. */
const CONNECTION_AT = 5;

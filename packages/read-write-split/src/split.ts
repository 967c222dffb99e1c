import {
  type EventListener,
  EventListeners,
  type NodeStatus,
  type SqlDialect,
  type StatementTap,
} from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { balancerOf } from './balance/balancer-of.ts';
import { CausalCalls } from './causal/causal-calls.ts';
import { causalOf, consistencyOf } from './causal/causal-of.ts';
import type { CausalReads, CausalSession } from './causal/causal-reads.ts';
import { connectorLike, cutSockets } from './nodes/control-connection.ts';
import { connectTimeout, poolSize } from './nodes/driver-options.ts';
import { Examiner } from './nodes/examiner.ts';
import type { HostConnection, NamedConnection, NamedConnections } from './nodes/host-connection.ts';
import { Monitor } from './nodes/monitor.ts';
import { NodeTable, type TableListener } from './nodes/node-table.ts';
import { TrackedNode } from './nodes/tracked-node.ts';
import { within } from './nodes/within.ts';
import type { ReadWriteSplit, ReadWriteSplitEvents } from './read-write-split-api.ts';
import { ReadWriteSplitError } from './read-write-split-error.ts';
import type { ResolvedOptions } from './read-write-split-options.ts';
import { Dispatcher } from './retry/dispatcher.ts';
import { NodeSilent } from './retry/node-silent.ts';
import { ConcurrencyGate } from './route/concurrency-gate.ts';
import type { Consistency } from './route/consistency.ts';
import type { Asked } from './route/decision.ts';
import { requestOf } from './route/host-context.ts';
import { type CallParts, readCalls } from './route/read-calls.ts';
import { routedConnection, type RoutedCalls } from './route/routed-connection.ts';
import { Router, type Scope } from './route/router.ts';
import { StatementNatures } from './route/statement-nature.ts';
import { writeCalls } from './route/write-calls.ts';

/** What a split is made of. */
export interface SplitParts {
  readonly orm: MikroORM;
  readonly options: ResolvedOptions;
  readonly connections: NamedConnections;
  readonly dialect: SqlDialect;
  readonly classify: StatementTap['classify'];
  readonly warn: (message: string) => void;
}

/** To each node: one for probes, one for reads that ask how far a replica is. */
const CONTROL_CONNECTIONS = 2;
/** For what is asked on them, unless probes may take longer. */
const SLOWEST_ANSWER_MS = 1_000;
/** For how long a read waits to hear who takes writes. */
const LOOK_MS = 250;
const ANY_READ: Asked = { nature: { kind: 'read' }, fork: undefined };

/** The read/write split of one ORM. */
export class Split implements ReadWriteSplit {
  enabled: boolean;
  readonly #orm: MikroORM;
  readonly #options: ResolvedOptions;
  readonly #events: EventListeners<ReadWriteSplitEvents>;
  readonly #table: NodeTable;
  readonly #monitor: Monitor | undefined;
  readonly #consistency: Consistency;
  readonly #causal: CausalReads;
  readonly #router: Router;
  readonly #reads: RoutedCalls;
  readonly #writes: HostConnection;

  constructor({ orm, options, connections, dialect, classify, warn }: SplitParts) {
    this.#orm = orm;
    this.#options = options;
    this.enabled = options.enabled;
    this.#events = new EventListeners(warn);
    const examiner = new Examiner(dialect);
    const small = { ...connectTimeout(dialect, options.connectTimeoutMs), ...poolSize(dialect, CONTROL_CONNECTIONS) };
    const answerMs = Math.max(SLOWEST_ANSWER_MS, options.probe.timeoutMs);
    const track = (named: NamedConnection, role: TrackedNode['role']): TrackedNode => {
      const connect = connectorLike(named.connection, orm.config, small);
      return new TrackedNode(named, role, connect, (ask, known) => examiner.standing(ask, known), answerMs);
    };
    this.#table = new NodeTable(
      track(connections.primary, 'primary'),
      connections.replicas.map(replica => track(replica, 'replica')),
      { ...options, silences: options.probe.silences },
      { tell: tellOf(this.#events), warn, onSilence: giveUp },
    );
    const probe = { ...options.probe, deadlineMs: options.retry.deadlineMs };
    this.#monitor = dialect === 'sqlite' ? undefined : new Monitor(this.#table, examiner, probe, warn);
    const causal = causalOf(options, this.#table, dialect === 'sqlite' ? undefined : dialect, warn);
    this.#causal = new CausalCalls(causal, this.#table, () => requestOf(orm));
    this.#consistency = consistencyOf(options, causal);
    this.#router = new Router({
      orm,
      table: this.#table,
      consistency: this.#consistency,
      options,
      balance: balancerOf(options.balance, warn),
      lookForPrimary: () => this.lookForPrimary(),
    });
    const parts = this.#callParts(new StatementNatures(classify, dialect, options.primaryFunctions));
    this.#reads = readCalls(parts);
    this.#writes = routedConnection(
      connections.primary.connection,
      parts.primary,
      writeCalls(parts, ({ readOnly }) => readOnly === true && this.#sendsReadOnlyToReplicas),
    );
  }

  read<T>(fn: () => T): T {
    return this.#router.scopes.run({ kind: 'read' }, fn);
  }

  write<T>(fn: () => T): T {
    return this.#router.scopes.run({ kind: 'write' }, fn);
  }

  onNode<T>(name: string, fn: () => T): T {
    const scope: Scope = { kind: 'node', node: this.#named(name) };
    return this.#router.scopes.run(scope, fn);
  }

  explain(): string {
    if (!this.enabled) return 'host: the split is switched off';
    try {
      const { node, why } = this.#router.decideNow(ANY_READ).route;
      return `${node}: ${why}`;
    } catch (error) {
      return `nowhere: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  nodes(): NodeStatus[] {
    return this.#table.statuses(performance.now());
  }

  usePrimary(name: string): void {
    this.#table.usePrimary(this.#named(name));
  }

  on<Name extends keyof ReadWriteSplitEvents>(
    event: Name,
    listener: EventListener<ReadWriteSplitEvents[Name]>,
  ): () => void {
    return this.#events.on(event, listener);
  }

  token(): Promise<string | undefined> {
    return this.#causal.token();
  }

  withToken<T>(token: string | undefined, fn: () => T): T {
    return this.#causal.withToken(token, fn);
  }

  session(token?: string): CausalSession {
    return this.#causal.session(token);
  }

  reached(node: string, token: string): Promise<boolean> {
    return this.#causal.reached(node, token);
  }

  fresh<T>(fn: () => T): Promise<Awaited<T>> {
    const knowsPositions = this.#monitor !== undefined && this.#options.consistency !== 'sticky';
    const isForPrimary = this.#router.scopes.getStore()?.kind === 'write' || !knowsPositions;
    return this.#causal.fresh(() => (isForPrimary ? this.write(fn) : this.read(fn)));
  }

  mayFill(node: string, tables: readonly string[], since?: number): Promise<boolean> {
    return this.#causal.mayFill(node, tables, since);
  }

  /** The name of the node that takes writes. */
  get primary(): string {
    return this.#table.primary.name;
  }

  /** The connection for what the host sends to a replica; each of its calls is routed by itself. */
  readConnection(): HostConnection {
    let node: HostConnection | undefined;
    return routedConnection(this.#table.primary.connection, () => (node ??= this.#connectionNow()), this.#reads);
  }

  /** The connection for what the host sends to the primary. */
  writeConnection(): HostConnection {
    return this.#writes;
  }

  /** The running code has committed a write. */
  wrote(place: string | undefined): void {
    this.#consistency.wrote(requestOf(this.#orm), place);
  }

  /** Has all nodes asked who takes writes now, and waits a little for what they say. Never rejects. */
  async lookForPrimary(): Promise<void> {
    if (this.#monitor) await within(LOOK_MS, this.#monitor.examineAll(), true);
  }

  /** The ORM closes: probes end, and what it still reads begins none. */
  closing(): void {
    this.#monitor?.stop();
  }

  /** The ORM is closed; the next read opens it again. */
  closed(): void {
    this.#monitor?.release();
  }

  get #sendsReadOnlyToReplicas(): boolean {
    const kind = this.#router.scopes.getStore()?.kind;
    return kind === 'read' || kind === 'node' || (kind === undefined && this.#options.readOnlyTransactions);
  }

  #callParts(natures: StatementNatures): CallParts {
    const dispatcher = new Dispatcher({
      router: this.#router,
      table: this.#table,
      monitor: this.#monitor,
      gate: new ConcurrencyGate(this.#options.fallbackLimit),
      retries: this.#options.retry.times,
      routed: route => this.#events.emit('routed', route),
    });
    return {
      dispatcher,
      natures,
      primary: () => this.#table.primary.connection,
      globalFork: () => this.#orm.em.id,
      connectionNow: () => this.#connectionNow(),
    };
  }

  #connectionNow(): HostConnection {
    const decision = this.#router.decideNow(ANY_READ);
    this.#router.settle(decision);
    this.#events.emit('routed', decision.route);
    return decision.node.connection;
  }

  #named(name: string): TrackedNode {
    const node = this.#table.all.find(candidate => candidate.name === name);
    if (node) return node;
    const known = this.#table.all.map(candidate => candidate.name).join(', ');
    throw new ReadWriteSplitError('UNKNOWN_NODE', `There is no node '${name}'; there are ${known}.`);
  }
}

/** What a silent node was asked will not be answered, or too late. */
function giveUp(node: TrackedNode): void {
  node.traffic.abandonAll(new NodeSilent(node.name));
  void cutSockets(node.connection);
}

function tellOf(events: EventListeners<ReadWriteSplitEvents>): TableListener['tell'] {
  return {
    ejected: event => events.emit('ejected', event),
    readmitted: event => events.emit('readmitted', event),
    promoted: event => events.emit('promoted', event),
    lagging: event => events.emit('lagging', event),
  };
}

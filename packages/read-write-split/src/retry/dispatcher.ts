import { failureOf, type Failure, sayFailure } from '../nodes/failure.ts';
import type { HostConnection } from '../nodes/host-connection.ts';
import type { Monitor } from '../nodes/monitor.ts';
import type { NodeTable } from '../nodes/node-table.ts';
import type { TrackedNode } from '../nodes/tracked-node.ts';
import type { RunOptions } from '../nodes/traffic.ts';
import { within } from '../nodes/within.ts';
import { isReadWriteSplitError, ReadWriteSplitError } from '../read-write-split-error.ts';
import type { ConcurrencyGate } from '../route/concurrency-gate.ts';
import { type Asked, type Decision, whysOf } from '../route/decision.ts';
import type { Route } from '../route/route.ts';
import type { Router } from '../route/router.ts';
import { NodeSilent } from './node-silent.ts';

/** Sends something on a connection of the host. */
export type Send<T> = (connection: HostConnection) => Promise<T>;

/** How something is sent. */
export interface SendOptions<T> extends RunOptions<T> {
  /** Asked after a failure: whether sending it again does it once. Default: always. */
  readonly isRetryable?: () => boolean;
  /** Whether it runs code of the application's by now, whose errors may be anybody's. Default: never. */
  readonly hasBegun?: () => boolean;
  /** Told when a replica would not run it, because only a primary can. */
  readonly refused?: () => void;
}

/** What the dispatcher stands on. */
export interface DispatcherParts {
  readonly router: Router;
  readonly table: NodeTable;
  /** None for a database whose nodes cannot be probed. */
  readonly monitor: Monitor | undefined;
  readonly gate: ConcurrencyGate;
  /** How many other nodes a read may be sent to. */
  readonly retries: number;
  readonly routed: (route: Route) => void;
}

/** What failed: for reading, whether it is sent elsewhere, and why. */
type Trouble = Failure | 'silent';

/** What a node has failed. */
interface Failed {
  readonly node: TrackedNode;
  readonly error: unknown;
  /** How often the monitor had been stopped when it was sent. */
  readonly stops: number | undefined;
}

/** Sends statements to the nodes that the router names, and reads to another one when a node fails them. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Sends a read of which nothing has been delivered, and again to other nodes as long as nodes fail it. */
  async read<T>(asked: Asked, send: Send<T>, options: SendOptions<T> = {}): Promise<T> {
    const { router, monitor } = this.#parts;
    monitor?.start();
    const stops = monitor?.stops;
    // Without a pause where none is needed: who decides next must see what has been decided.
    const decided = router.decide(asked);
    const decision = decided instanceof Promise ? await decided : decided;
    try {
      return await this.#send(decision, send, options);
    } catch (error) {
      return this.#readElsewhere(asked, send, options, { node: decision.node, error, stops });
    }
  }

  /**
   * Sends to the primary what is no read. Sent again only when it was refused before it ran, because another node has
   * been promoted.
   *
   * @throws ReadWriteSplitError `PRIMARY_DOWN` without sending it, or when the primary could not be reached
   */
  write<T>(send: Send<T>, options: SendOptions<T> = {}): Promise<T> {
    const { table, monitor } = this.#parts;
    monitor?.start();
    const node = table.primary;
    const stops = monitor?.stops;
    if (node.state.kind === 'out') return Promise.reject(primaryDown(node, undefined));
    const rescue = (error: unknown): Promise<T> => this.#rescueWrite({ node, error, stops }, send, options);
    return node.traffic.run(() => send(node.connection), options, rescue);
  }

  async #rescueWrite<T>({ node, error, stops }: Failed, send: Send<T>, options: SendOptions<T>): Promise<T> {
    const trouble = this.#noteTrouble(node, error, stops, options.hasBegun?.());
    if (trouble === 'read only') return this.#writeElsewhere(node, send, options, error);
    throw trouble && UNSENT.has(trouble) ? primaryDown(node, error) : error;
  }

  /** Sends a read that a node has failed to others, each of them once. */
  async #readElsewhere<T>(asked: Asked, send: Send<T>, options: SendOptions<T>, first: Failed): Promise<T> {
    const { retries, table } = this.#parts;
    const tried = new Set<TrackedNode>();
    let { node, error: failed } = first;
    while (true) {
      const trouble = this.#noteTrouble(node, failed, first.stops, options.hasBegun?.());
      if (!trouble || options.isRetryable?.() === false || tried.size >= retries) throw told(node, failed);
      tried.add(node);
      if (trouble === 'read only') options.refused?.();
      if (trouble === 'read only' || trouble === 'behind') for (const replica of table.replicas) tried.add(replica);
      const decided = this.#decideAgain(asked, tried, failed);
      const decision = decided instanceof Promise ? await decided : decided;
      try {
        return await this.#send(asRetry(decision), send, options);
      } catch (error) {
        failed = error;
        node = decision.node;
      }
    }
  }

  #decideAgain(asked: Asked, tried: ReadonlySet<TrackedNode>, failed: unknown): Decision | Promise<Decision> {
    const tell = (error: unknown): never => {
      if (!isNowhere(error)) throw error;
      const failure = failureOf(failed);
      if (failure && MAY_BE_THE_STATEMENTS.has(failure)) throw failed;
      throw new ReadWriteSplitError(error.code, error.message, { cause: failed });
    };
    try {
      const decision = this.#parts.router.decide(asked, tried);
      return decision instanceof Promise ? decision.catch(tell) : decision;
    } catch (error) {
      return tell(error);
    }
  }

  #send<T>(decision: Decision, send: Send<T>, options: SendOptions<T>): Promise<T> {
    const { router, routed, gate } = this.#parts;
    const { node, route, isFallback } = decision;
    router.settle(decision);
    routed(route);
    const run = (): Promise<T> => send(node.connection);
    return isFallback ? gate.run(() => node.traffic.run(run, options)) : node.traffic.run(run, options);
  }

  /**
   * Draws from an error what it says about its node; undefined for the statement's own, and for what failed because the
   * ORM was closed meanwhile.
   *
   * @param stops how often the monitor had been stopped when the statement was sent
   * @param hasBegun whether the error may be the application's own, as inside of a transaction
   */
  #noteTrouble(node: TrackedNode, error: unknown, stops: number | undefined, hasBegun = false): Trouble | undefined {
    const { table, monitor } = this.#parts;
    if (monitor?.stops !== stops) return undefined;
    if (error instanceof NodeSilent) return 'silent';
    const failure = failureOf(error);
    if (failure === 'behind') return node === table.primary ? undefined : failure;
    if (hasBegun && !(failure && OF_OPEN_CONNECTIONS.has(failure))) return undefined;
    const now = performance.now();
    if (failure && HAS_NOTHING_LEFT.has(failure)) node.congested(now);
    if (!monitor || !failure) return failure;
    if (failure === 'refused') table.failed(node, failure, sayFailure(error), now);
    else if (failure === 'read only') void monitor.examineAll();
    else if (ASKS_AGAIN.has(failure)) {
      if (failure !== 'dns') table.doubt(node, sayFailure(error));
      void monitor.examine(node);
    }
    return failure;
  }

  /**
   * All nodes are asked who takes writes now, so that whoever tries again finds it. A refused statement has done nothing,
   * so it is sent there by itself.
   */
  async #writeElsewhere<T>(refused: TrackedNode, send: Send<T>, options: SendOptions<T>, error: unknown): Promise<T> {
    const { table, monitor } = this.#parts;
    if (monitor) await within(RECHECK_MS, monitor.examineAll(), true);
    const { primary } = table;
    if (options.isRetryable?.() === false || primary === refused || primary.state.kind === 'out') throw error;
    return primary.traffic.run(() => send(primary.connection), options);
  }
}

const RECHECK_MS = 1_000;
/** Failures of which a probe tells whether they are the node's. */
const ASKS_AGAIN: ReadonlySet<Failure> = new Set<Failure>(['lost', 'starting', 'dns', 'denied']);
/** Failures that every node may answer a statement with, which it is told then. */
const MAY_BE_THE_STATEMENTS: ReadonlySet<Failure> = new Set<Failure>(['denied', 'ailing', 'behind']);
/** Failures of a node that is well, and better asked less for a while. */
const HAS_NOTHING_LEFT: ReadonlySet<Failure> = new Set<Failure>(['exhausted', 'ailing', 'dns']);
/** What can befall a connection that was there; the rest of what a transaction fails with is about something else. */
const OF_OPEN_CONNECTIONS: ReadonlySet<Failure> = new Set<Failure>(['lost', 'read only', 'conflict']);
/** Troubles after which a write has not run, or (`silent`) is given up. */
const UNSENT: ReadonlySet<Trouble> = new Set<Trouble>(['refused', 'starting', 'dns', 'silent']);

function asRetry(decision: Decision): Decision {
  const { route } = decision;
  return { ...decision, route: { ...route, reason: 'retry', why: `another node failed; ${route.why}` } };
}

function isNowhere(error: unknown): error is ReadWriteSplitError {
  return isReadWriteSplitError(error, 'NO_NODE') || isReadWriteSplitError(error, 'PRIMARY_DOWN');
}

/** What is not sent elsewhere fails with its own error, or with one that says what became of its node. */
function told(node: TrackedNode, error: unknown): unknown {
  if (!(error instanceof NodeSilent)) return error;
  const message = `${node.name} fell silent. What is part of a transaction, or sent with retry: false, is yours to repeat.`;
  return new ReadWriteSplitError('NO_NODE', message, { cause: error });
}

function primaryDown(node: TrackedNode, cause: unknown): ReadWriteSplitError {
  const what = cause instanceof NodeSilent ? 'Whether it ran is not known' : 'It was not sent';
  const message = `${node.name} takes writes, and ${whysOf([node])}. ${what}; try again when it is back.`;
  return new ReadWriteSplitError('PRIMARY_DOWN', message, { cause });
}

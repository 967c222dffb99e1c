import { AsyncLocalStorage } from 'node:async_hooks';

import type { MikroORM } from '@mikro-orm/core';

import { type Balancer, type Chance, nextChance } from '../balance/candidate.ts';
import { isAlive } from '../nodes/node-state.ts';
import type { NodeTable } from '../nodes/node-table.ts';
import type { TrackedNode } from '../nodes/tracked-node.ts';
import type { LogPosition } from '../positions/log-positions.ts';
import type { ResolvedOptions } from '../read-write-split-options.ts';
import type { Consistency, Demand } from './consistency.ts';
import { type Asked, type Decision, fixed, nowhere, type Reader, whysOf } from './decision.ts';
import { type HostContext, hostContext } from './host-context.ts';
import { ReadMemory } from './read-memory.ts';
import type { Route } from './route.ts';

/** The code inside one `read(fn)`, `write(fn)` or `onNode(name, fn)`. */
export type Scope =
  | { readonly kind: 'read' }
  | { readonly kind: 'write' }
  | { readonly kind: 'node'; readonly node: TrackedNode };

type PositionDemand = Extract<Demand, { kind: 'position' }>;

const NONE: ReadonlySet<TrackedNode> = new Set();

/** What a router stands on. */
export interface RouterParts {
  readonly orm: MikroORM;
  readonly table: NodeTable;
  readonly consistency: Consistency;
  readonly options: ResolvedOptions;
  readonly balance: Balancer;
  /** Has all nodes asked who takes writes now, and waits a little for what they say. */
  readonly lookForPrimary: () => Promise<unknown>;
}

/** Decides which node answers a read, and why. Decides only: what comes of it is told by {@link Router.settle}. */
export class Router {
  readonly scopes = new AsyncLocalStorage<Scope>();
  readonly #orm: MikroORM;
  readonly #table: NodeTable;
  readonly #consistency: Consistency;
  readonly #options: ResolvedOptions;
  readonly #balance: Balancer;
  readonly #lookForPrimary: () => Promise<unknown>;
  readonly #memory = new ReadMemory<TrackedNode>();
  #chance: Chance = nextChance(0);

  constructor({ orm, table, consistency, options, balance, lookForPrimary }: RouterParts) {
    this.#lookForPrimary = lookForPrimary;
    this.#orm = orm;
    this.#table = table;
    this.#consistency = consistency;
    this.#options = options;
    this.#balance = balance;
  }

  /**
   * The node for a read; a promise only where a replica has to be asked how far it is.
   *
   * @param tried nodes that have failed to answer it
   * @throws ReadWriteSplitError `NO_NODE`, `PRIMARY_DOWN`
   */
  decide(asked: Asked, tried: ReadonlySet<TrackedNode> = NONE): Decision | Promise<Decision> {
    const context = hostContext(this.#orm);
    const scope = this.scopes.getStore();
    const decided = this.#byCall(asked, context, scope, tried);
    if (decided) return decided;
    const demand = this.#consistency.demand(context.request);
    if (demand.kind === 'primary' && !(demand.yieldsToRead && scope?.kind === 'read')) {
      return this.#toPrimary(tried, demand.reason, demand.why);
    }
    const reader = context.request ?? scope ?? asked.fork;
    const candidates = this.#candidates(tried);
    if (demand.kind === 'position') return this.#toPosition(demand, candidates, asked, reader, tried);
    if (candidates.length === 0) return this.#fallback(tried);
    return this.#balanced(candidates, reader, context, scope);
  }

  /** The same without asking a replica: the primary, where one would have to be asked. */
  decideNow(asked: Asked): Decision {
    const decision = this.decide(asked);
    if (!(decision instanceof Promise)) return decision;
    decision.catch(() => undefined);
    return this.#toPrimary(NONE, 'position', 'no replica is known to have what must be seen');
  }

  /** A read is on its way by this decision. */
  settle({ node, pins, isBalanced }: Decision): void {
    if (pins !== undefined) this.#memory.pin(pins, node);
    if (isBalanced) this.#chance = nextChance(this.#chance.turn + 1);
  }

  #byCall(
    { nature }: Asked,
    { inTransaction }: HostContext,
    scope: Scope | undefined,
    tried: ReadonlySet<TrackedNode>,
  ): Decision | undefined {
    if (this.#table.replicas.length === 0) return this.#toPrimary(tried, 'no replicas', 'there are no replicas');
    if (inTransaction) return this.#toPrimary(tried, 'transaction', 'inside a transaction');
    if (scope?.kind === 'write') return this.#toPrimary(tried, 'write scope', 'inside write()');
    if (nature.kind === 'write') return this.#toPrimary(tried, 'side effect', 'it writes');
    if (nature.kind === 'side effect') return this.#toPrimary(tried, 'side effect', nature.why);
    if (scope?.kind !== 'node') return undefined;
    if (!tried.has(scope.node)) return fixed(scope.node, 'node scope', 'inside onNode()');
    throw nowhere('NO_NODE', `onNode() asks for ${scope.node.name}, which does not answer.`);
  }

  #toPrimary(tried: ReadonlySet<TrackedNode>, reason: Parameters<typeof fixed>[1], why: string): Decision {
    const { primary } = this.#table;
    if (primary.state.kind === 'in' && !tried.has(primary)) return fixed(primary, reason, why);
    throw nowhere('PRIMARY_DOWN', `Only the primary may answer (${why}), and ${whysOf([primary])}.`);
  }

  /** Nodes without a doubt first; while the primary is down also those that are behind. */
  #candidates(tried: ReadonlySet<TrackedNode>): readonly TrackedNode[] {
    const { replicas: all } = this.#table;
    const replicas = tried.size > 0 ? all.filter(node => !tried.has(node)) : all;
    const ready = replicas.filter(({ state }) => state.kind === 'in' && state.doubt === undefined);
    if (ready.length > 0) return ready;
    const doubted = replicas.filter(({ state }) => state.kind === 'in');
    if (doubted.length > 0 || this.#table.primary.state.kind === 'in') return doubted;
    return replicas.filter(({ state }) => isAlive(state));
  }

  #toPosition(
    demand: PositionDemand,
    candidates: readonly TrackedNode[],
    asked: Asked,
    reader: Reader | undefined,
    tried: ReadonlySet<TrackedNode>,
  ): Decision | Promise<Decision> {
    const there = candidates.filter(({ progress }) => progress.latest?.position?.covers(demand.position));
    if (there.length > 0) return this.#at(this.#choose(there, reader), demand, reader);
    const asks = candidates.length > 0 && (demand.asks || this.#isAlone(tried));
    if (!asks) return this.#toPrimary(tried, 'position', demand.why);
    return this.#askFor(demand, candidates, asked, reader, tried);
  }

  /**
   * Asks the replica that would be chosen; the others, too, when the primary is gone or lacks what must be seen, which
   * tells that another one may have been promoted.
   */
  async #askFor(
    demand: PositionDemand,
    candidates: readonly TrackedNode[],
    asked: Asked,
    reader: Reader | undefined,
    tried: ReadonlySet<TrackedNode>,
  ): Promise<Decision> {
    const { primary } = this.#table;
    const isAlone = this.#isAlone(tried);
    const { node: first } = this.#choose(candidates, reader);
    if (await first.progress.reaches(demand.position, demand.waitMs)) {
      return this.#at({ node: first, isBalanced: true }, demand, reader);
    }
    const why = `${demand.why}, which ${first.name} has not`;
    if (!isAlone && !(await lacks(primary, demand.position))) return this.#toPrimary(tried, 'position', why);
    for (const node of candidates) {
      const has = node !== first && (await node.progress.reaches(demand.position));
      if (has) return this.#at({ node, isBalanced: false }, demand, reader);
    }
    if (!isAlone) await this.#lookForPrimary();
    return this.#table.primary === primary ? this.#toPrimary(tried, 'position', why) : this.decide(asked, tried);
  }

  /** Whether there is no primary to fall back on. */
  #isAlone(tried: ReadonlySet<TrackedNode>): boolean {
    const { primary } = this.#table;
    return primary.state.kind === 'out' || tried.has(primary);
  }

  #at({ node, isBalanced }: Choice, demand: PositionDemand, reader: Reader | undefined): Decision {
    const route = { node: node.name, reason: 'position', why: `${demand.why}, and has it` } as const;
    return { node, route, isFallback: false, pins: reader, isBalanced };
  }

  #fallback(tried: ReadonlySet<TrackedNode>): Decision {
    const { primary, replicas, all } = this.#table;
    const why = `no replica answers: ${whysOf(replicas)}`;
    if (this.#options.fallback === 'fail') throw nowhere('NO_NODE', `The fallback is 'fail', and ${why}.`);
    if (primary.state.kind === 'out' || tried.has(primary)) {
      throw nowhere('NO_NODE', `No node can answer this read: ${whysOf(all)}.`);
    }
    return { ...fixed(primary, 'fallback', why), isFallback: true };
  }

  #balanced(
    candidates: readonly TrackedNode[],
    reader: Reader | undefined,
    { request }: HostContext,
    scope: Scope | undefined,
  ): Decision {
    const { node, isBalanced } = this.#choose(candidates, reader);
    const pins = isBalanced ? reader : undefined;
    return { node, route: this.#routeOf(node, request, scope), isFallback: false, pins, isBalanced };
  }

  #routeOf({ name }: TrackedNode, request: object | undefined, scope: Scope | undefined): Route {
    if (scope?.kind === 'read') return { node: name, reason: 'read scope', why: 'inside read()' };
    if (request) return { node: name, reason: 'request', why: 'one replica for the whole request' };
    const { balance } = this.#options;
    const how = typeof balance === 'function' ? 'by the balance function' : balance;
    return { node: name, reason: 'balanced', why: `${how}, outside of a request` };
  }

  #choose(candidates: readonly TrackedNode[], reader: Reader | undefined): Choice {
    const pinned = reader === undefined ? undefined : this.#memory.nodeOf(reader);
    if (pinned && candidates.includes(pinned)) return { node: pinned, isBalanced: false };
    const now = performance.now();
    const { eject, weights } = this.#options;
    const offered = candidates.map(node => node.offered(weights[node.name] ?? 1, eject.rampMs, now));
    const node = candidates[this.#balance(offered, this.#chance)] ?? candidates[0];
    if (!node) throw nowhere('NO_NODE', 'There is no replica to choose.');
    return { node, isBalanced: true };
  }
}

/** Whether a primary is known to lack what must be seen. What survived of an earlier one, it has. */
async function lacks({ progress }: TrackedNode, wanted: LogPosition): Promise<boolean> {
  if (await progress.reaches(wanted)) return false;
  const known = progress.latest?.position;
  return known !== undefined && !known.covers(wanted.carriedBy(known));
}

interface Choice {
  readonly node: TrackedNode;
  readonly isBalanced: boolean;
}

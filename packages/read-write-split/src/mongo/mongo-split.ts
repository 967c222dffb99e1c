import { AsyncLocalStorage } from 'node:async_hooks';

import { type EventListener, EventListeners, type NodeStatus } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import type { CausalReads, CausalSession } from '../causal/causal-reads.ts';
import type { ReadWriteSplit, ReadWriteSplitEvents } from '../read-write-split-api.ts';
import { ReadWriteSplitError } from '../read-write-split-error.ts';
import type { Consistency } from '../route/consistency.ts';
import { requestOf } from '../route/host-context.ts';
import type { Route } from '../route/route.ts';
import { membersOf } from './mongo-members.ts';
import type { MongoReadPreference } from './mongo-options.ts';
import { MongoReads } from './mongo-reads.ts';
import type { MongoHost } from './mongo-seam.ts';
import { type MongoTarget, targetOf } from './mongo-target.ts';

/** What a split on MongoDB is made of. */
export interface MongoSplitParts {
  readonly orm: MikroORM;
  readonly host: MongoHost;
  readonly preference: MongoReadPreference;
  readonly consistency: Consistency;
  readonly causal: CausalReads;
  readonly enabled: boolean;
  readonly warn: (message: string) => void;
}

/**
 * The split on MongoDB, where the driver knows the members, probes them and chooses among them: what is decided here, for
 * each read, is the read preference and the session.
 */
export class MongoSplit implements ReadWriteSplit {
  enabled: boolean;
  readonly #parts: MongoSplitParts;
  /** Why reads are to go to the primary; undefined inside `read()`. */
  readonly #primaryWhy = new AsyncLocalStorage<string | undefined>();
  readonly #events: EventListeners<ReadWriteSplitEvents>;
  readonly #reads: MongoReads;

  constructor(parts: MongoSplitParts) {
    const { host, preference, enabled, warn } = parts;
    this.enabled = enabled;
    this.#parts = parts;
    this.#events = new EventListeners(warn);
    this.#reads = new MongoReads(host, preference, (session, pipeline) => this.#decide(session, pipeline));
  }

  read<T>(fn: () => T): T {
    return this.#primaryWhy.run(undefined, fn);
  }

  write<T>(fn: () => T): T {
    return this.#primaryWhy.run('inside write()', fn);
  }

  onNode(name: string): never {
    throw new ReadWriteSplitError(
      'UNKNOWN_NODE',
      `The driver of MongoDB chooses the member, so none can be asked for by name (${name}); use mongo.tags.`,
    );
  }

  usePrimary(name: string): never {
    throw new ReadWriteSplitError('UNKNOWN_NODE', `A replica set elects its primary; ${name} cannot be made it here.`);
  }

  explain(): string {
    if (!this.enabled) return 'host: the split is switched off';
    const { node, why } = this.#routeOf(this.#target(undefined, undefined));
    return `${node}: ${why}`;
  }

  nodes(): NodeStatus[] {
    return membersOf(this.#parts.host.getClient());
  }

  on<Name extends keyof ReadWriteSplitEvents>(
    event: Name,
    listener: EventListener<ReadWriteSplitEvents[Name]>,
  ): () => void {
    return this.#events.on(event, listener);
  }

  token(): Promise<string | undefined> {
    return this.#parts.causal.token();
  }

  withToken<T>(token: string | undefined, fn: () => T): T {
    return this.#parts.causal.withToken(token, fn);
  }

  session(token?: string): CausalSession {
    return this.#parts.causal.session(token);
  }

  reached(node: string, token: string): Promise<boolean> {
    return this.#parts.causal.reached(node, token);
  }

  async fresh<T>(fn: () => T): Promise<Awaited<T>> {
    return await this.write(fn);
  }

  /** Members do not tell how far they are, so of them only the primary may. */
  async mayFill(name: string, tables: readonly string[]): Promise<boolean> {
    const member = this.nodes().find(node => node.name === name);
    if (!member) return this.#parts.causal.mayFill(name, tables);
    return tables.length === 0 || member.role === 'primary';
  }

  /** Sends a read to the primary that asks for it by its own options. */
  byConnectionType<T>(read: () => T): T {
    return this.enabled ? this.#primaryWhy.run("by connectionType 'write'", read) : read();
  }

  /** The connection for the host's reads. */
  connectionForReads<Host extends object>(connection: Host): Host {
    return this.#reads.connection(connection);
  }

  #decide(session: unknown, pipeline: unknown): MongoTarget {
    const target = this.#target(session, pipeline);
    if (target.kind !== 'host') this.#events.emit('routed', this.#routeOf(target));
    return target;
  }

  #target(session: unknown, pipeline: unknown): MongoTarget {
    if (!this.enabled) return { kind: 'host' };
    const { orm, consistency } = this.#parts;
    const demand = consistency.demand(requestOf(orm));
    return targetOf({ demand, session, pipeline, primaryWhy: this.#primaryWhy.getStore() });
  }

  #routeOf(target: MongoTarget): Route {
    if (target.kind === 'host') return { node: 'primary', reason: 'transaction', why: 'inside a transaction' };
    if (target.kind === 'primary') return { node: 'primary', reason: target.reason, why: target.why };
    const { mode } = this.#parts.preference;
    const why = target.after === undefined ? 'the read preference' : 'a member that has what must be seen';
    return { node: mode, reason: target.after === undefined ? 'balanced' : 'position', why };
  }
}

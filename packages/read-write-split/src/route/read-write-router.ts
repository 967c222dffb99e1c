import { AsyncLocalStorage } from 'node:async_hooks';

import { type EventListener, EventListeners } from '@mikro-kit/statement-tap';
import type { Connection, MikroORM } from '@mikro-orm/core';

import { balancer, type Balancer } from '../balance/balancer.ts';
import type { Replica } from '../nodes/replicas.ts';
import type { ReadWriteSplit, ReadWriteSplitEvents } from '../read-write-split-api.ts';
import type { ReadWriteSplitOptions } from '../read-write-split-options.ts';
import type { Consistency } from './consistency.ts';
import { eventual } from './eventual.ts';
import { hostContext } from './host-context.ts';
import { ReadMemory } from './read-memory.ts';
import { primaryRoute, replicaRoute, toPrimary, type Route } from './route.ts';
import { Sticky } from './sticky.ts';

/** The code inside one `read(fn)` or `write(fn)`. */
interface Scope {
  readonly kind: 'read' | 'write';
}

type Decision =
  | { readonly to: 'primary'; readonly route: Route }
  | {
      readonly to: 'replica';
      readonly route: Route;
      readonly replica: number;
      /** Whose reads stay on that replica. */
      readonly reader: object | undefined;
      /** Whether they are there already. */
      readonly pinned: boolean;
    };

/** Decides which node answers each read of one ORM, and says why. */
export class ReadWriteRouter implements ReadWriteSplit {
  enabled: boolean;
  readonly #orm: MikroORM;
  readonly #options: Required<ReadWriteSplitOptions>;
  readonly #replicas: readonly Replica[];
  readonly #balancer: Balancer;
  readonly #memory = new ReadMemory();
  readonly #consistency: Consistency;
  readonly #scope = new AsyncLocalStorage<Scope>();
  readonly #events: EventListeners<ReadWriteSplitEvents>;

  constructor(
    orm: MikroORM,
    options: Required<ReadWriteSplitOptions>,
    replicas: readonly Replica[],
    warn: (message: string) => void,
  ) {
    this.#orm = orm;
    this.#events = new EventListeners(warn);
    this.#options = options;
    this.#consistency = options.consistency === 'sticky' ? new Sticky(options.stickyMs) : eventual;
    this.#replicas = replicas;
    this.#balancer = balancer(options.balance, replicas.length);
    this.enabled = options.enabled;
  }

  read<T>(fn: () => T): T {
    return this.#scope.run({ kind: 'read' }, fn);
  }

  write<T>(fn: () => T): T {
    return this.#scope.run({ kind: 'write' }, fn);
  }

  explain(): string {
    if (!this.enabled) return 'host: the split is switched off';
    const { node, why } = this.#decide().route;
    return `${node}: ${why}`;
  }

  on<Name extends keyof ReadWriteSplitEvents>(
    event: Name,
    listener: EventListener<ReadWriteSplitEvents[Name]>,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** The replica to send a read to; undefined for the primary. */
  connectionForRead(): Connection | undefined {
    const decision = this.#decide();
    this.#events.emit('routed', decision.route);
    if (decision.to === 'primary') return undefined;
    const { replica, reader, pinned } = decision;
    if (!pinned) this.#balancer.take();
    if (reader) this.#memory.pin(reader, replica);
    return this.#replicas[replica]?.connection;
  }

  /** The running code has written. */
  wrote(): void {
    this.#consistency.wrote(hostContext(this.#orm).request);
  }

  #decide(): Decision {
    if (this.#replicas.length === 0) return { to: 'primary', route: toPrimary('no replicas', 'there are no replicas') };
    const { request, inTransaction } = hostContext(this.#orm);
    const scope = this.#scope.getStore();
    const demand = this.#consistency.demand(request);
    const route = primaryRoute({ scope: scope?.kind, inTransaction, demand });
    return route ? { to: 'primary', route } : this.#toReplica(request, scope);
  }

  #toReplica(request: object | undefined, scope: Scope | undefined): Decision {
    const reader = request ?? scope;
    const known = reader && this.#memory.replicaOf(reader);
    const replica = known ?? this.#balancer.upcoming;
    const node = this.#replicas[replica]?.name ?? `replica-${replica}`;
    const route = replicaRoute(node, scope?.kind, request !== undefined, this.#options.balance);
    return { to: 'replica', route, replica, reader, pinned: known !== undefined };
  }
}

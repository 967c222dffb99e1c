import type { NodeStatus } from '@mikro-kit/statement-tap';

import { Clusters } from './clusters.ts';
import type { Failure } from './failure.ts';
import { type Fault, type Findings, lagFault, type LagLimits, lagOf } from './lag-judgement.ts';
import { LagRing } from './lag-ring.ts';
import type { NodeEvents } from './node-events.ts';
import { type EjectOptions, ejectionMs, isAlive, type OutReason } from './node-state.ts';
import type { Nodes } from './node.ts';
import { type Claim, judgeRoles } from './roles.ts';
import type { TrackedNode } from './tracked-node.ts';

/** What decides whether a node answers. */
export interface TableOptions extends LagLimits {
  readonly eject: EjectOptions;
  /** Probes without an answer, in a row, that eject a node. */
  readonly silences: number;
}

/** Told of what happens to nodes. */
export interface TableListener {
  readonly tell: { readonly [Name in keyof NodeEvents]: (event: NodeEvents[Name]) => void };
  readonly warn: (message: string) => void;
  /** A node has said nothing for so long that what it was asked is given up. */
  readonly onSilence: (node: TrackedNode) => void;
}

const REASON_OF: Readonly<Partial<Record<Failure, OutReason>>> = { starting: 'starting', dns: 'unresolved' };

/** Which nodes there are, what they are, and whether they answer. All changes of a node's state are made here. */
export class NodeTable implements Nodes {
  readonly all: readonly TrackedNode[];
  readonly #options: TableOptions;
  readonly #listener: TableListener;
  readonly #ring = new LagRing();
  readonly #claims = new Map<TrackedNode, Claim>();
  #primary: TrackedNode;
  #replicas: readonly TrackedNode[];
  readonly #clusters = new Clusters<TrackedNode>();
  /** Faults that were found once; a second time in a row they count. */
  readonly #suspected = new Map<TrackedNode, OutReason>();
  #undecided = '';

  /** @param all the primary first */
  constructor(primary: TrackedNode, replicas: readonly TrackedNode[], options: TableOptions, listener: TableListener) {
    this.all = [primary, ...replicas];
    this.#primary = primary;
    this.#replicas = replicas;
    this.#options = options;
    this.#listener = listener;
  }

  get primary(): TrackedNode {
    return this.#primary;
  }

  get replicas(): readonly TrackedNode[] {
    return this.#replicas;
  }

  /** Whether nothing should be left unasked: no replica answers, or there is no telling who takes writes. */
  get isInNeed(): boolean {
    return (
      this.#primary.state.kind === 'out' ||
      this.#claims.get(this.#primary)?.role === 'replica' ||
      this.replicas.every(({ state }) => state.kind === 'out')
    );
  }

  statuses(now: number): NodeStatus[] {
    return this.all.map(node => node.status(this.#options.eject.rampMs, now));
  }

  /** A probe was answered. */
  answered(node: TrackedNode, findings: Findings, now: number): void {
    node.silences = 0;
    this.#clusters.heard(node, findings.cluster, node === this.#primary);
    this.#claim(node, findings);
    this.#followRoles();
    if (node === this.#primary) {
      const { position } = findings.standing;
      if (position) this.#ring.add(position, now);
      node.lagMs = 0;
      return this.#isWell(node, now);
    }
    const fault = this.#faultOf(node, findings, now);
    if (!fault) return this.#isWell(node, now);
    this.#hasFault(node, fault, now);
  }

  /** A node could not be asked, or not connected to. */
  failed(node: TrackedNode, failure: Failure, why: string, now: number): void {
    this.#claims.delete(node);
    node.silences = 0;
    this.#down(node, { reason: REASON_OF[failure] ?? 'down', why }, now);
    this.#followRoles();
  }

  /** A probe had no answer in time. */
  silent(node: TrackedNode, now: number): void {
    node.silences++;
    if (node.silences < this.#options.silences) return this.#noAnswer(node, now);
    this.#claims.delete(node);
    this.#down(node, { reason: 'silent', why: `gave no answer to ${node.silences} probes` }, now);
    this.#listener.onSilence(node);
    this.#followRoles();
  }

  /** A node answers the application, but no probes: it is not silent, only nobody knows how far it is. */
  unheard(node: TrackedNode): void {
    if (node === this.#primary) return;
    node.lagMs = 'unknown';
    this.doubt(node, 'answers reads, but no probes');
  }

  /** Something speaks against a node; until a probe tells, others are asked. */
  doubt(node: TrackedNode, doubt: string): void {
    // It may have restarted with less than it had.
    node.progress.forget();
    if (node.state.kind === 'in' && node.state.doubt === undefined) node.state = { ...node.state, doubt };
  }

  /** An operator says who takes writes. */
  usePrimary(node: TrackedNode): void {
    if (node !== this.#primary) this.#promote(node, 'an operator said so');
  }

  #faultOf(node: TrackedNode, findings: Findings, now: number): Fault | undefined {
    if (this.#isStranger(node)) {
      node.lagMs = 'unknown';
      return { reason: 'fenced', why: `is of another cluster than ${this.#primary.name}` };
    }
    const lagMs = lagOf(findings, this.#ring);
    node.lagMs = lagMs;
    const claim = this.#claims.get(node);
    if (claim?.role === 'primary' && (claim.isCredible || node.isFenced)) {
      return { reason: 'fenced', why: `says that it is a primary, but ${this.#primary.name} is` };
    }
    const { maxLagMs } = this.#options;
    const wasLagging = node.state.kind === 'out' && node.state.reason === 'lagging';
    const limits = { ...this.#options, maxLagMs: wasLagging ? maxLagMs / 2 : maxLagMs };
    const isDown = this.#primary.state.kind === 'out';
    return lagFault(lagMs, findings, limits, { isDown, ageMs: now - this.#ring.heardAt });
  }

  #hasFault(node: TrackedNode, fault: Fault, now: number): void {
    const { state } = node;
    if (state.kind === 'out') {
      node.state = { ...state, ...fault, until: now, good: 0 };
      return;
    }
    // A receiver that reconnects is gone for a moment.
    if (fault.reason === 'not replicating' && this.#suspected.get(node) !== fault.reason) {
      this.#suspected.set(node, fault.reason);
      return;
    }
    const { maxLagMs } = this.#options;
    if (fault.reason === 'lagging' && typeof node.lagMs === 'number') {
      this.#listener.tell.lagging({ node: node.name, lagMs: node.lagMs, maxLagMs });
    }
    this.#eject(node, fault, now, now);
  }

  #isWell(node: TrackedNode, now: number): void {
    this.#suspected.delete(node);
    const { state } = node;
    const { eject } = this.#options;
    if (state.kind === 'in') {
      if (state.doubt !== undefined) node.state = { kind: 'in', since: state.since, ramps: state.ramps };
      if (node.failures > 0 && now - state.since > eject.maxMs) node.failures = 0;
      return;
    }
    const good = state.good + 1;
    const isNeeded = node === this.#primary || this.replicas.every(replica => replica.state.kind === 'out');
    const enough = node === this.#primary ? 1 : eject.successes;
    if (good >= enough && (now >= state.until || isNeeded)) return this.#readmit(node, now);
    node.state = { ...state, good };
  }

  #noAnswer(node: TrackedNode, now: number): void {
    const { state } = node;
    if (state.kind === 'in') return this.doubt(node, 'gives no answer');
    if (isAlive(state)) node.state = { ...state, good: 0 };
    else this.#stayOut(node, state, now);
  }

  #down(node: TrackedNode, fault: Fault, now: number): void {
    const { state } = node;
    if (state.kind === 'out' && !isAlive(state)) return this.#stayOut(node, state, now, fault);
    node.failures++;
    node.disconnect();
    this.#eject(node, fault, now, now + this.#holdMs(node));
  }

  /** A probe of a node that is out has failed, too. Only one that it was due for makes it wait longer. */
  #stayOut(node: TrackedNode, state: Extract<TrackedNode['state'], { kind: 'out' }>, now: number, fault?: Fault): void {
    const isDue = now >= state.until && node !== this.#primary;
    if (isDue) node.failures++;
    node.state = { ...state, ...fault, good: 0, until: isDue ? now + this.#holdMs(node) : state.until };
  }

  #holdMs(node: TrackedNode): number {
    return node === this.#primary ? 0 : ejectionMs(node.failures, this.#options.eject, Math.random());
  }

  #eject(node: TrackedNode, { reason, why }: Fault, now: number, until: number): void {
    const since = node.state.kind === 'out' ? node.state.since : now;
    node.state = { kind: 'out', reason, why, since, until, good: 0 };
    this.#suspected.delete(node);
    this.#listener.tell.ejected({ node: node.name, reason, why });
  }

  #readmit(node: TrackedNode, now: number): void {
    if (node.state.kind !== 'out') return;
    const outMs = Math.round(now - node.state.since);
    const ramps = node !== this.#primary && !isAlive(node.state);
    node.state = { kind: 'in', since: now, ramps };
    this.#listener.tell.readmitted({ node: node.name, outMs });
  }

  /** Whether a node is of another cluster; what it says of its role does not count. */
  #isStranger(node: TrackedNode): boolean {
    return node !== this.#primary && this.#clusters.isForeign(node);
  }

  #claim(node: TrackedNode, findings: Findings): void {
    const { standing, vitals, cluster } = findings;
    // Until the primary has told its cluster, or is known to be down, nobody can be told from a stranger.
    const isUntold = cluster !== undefined && !this.#clusters.own && this.#primary.state.kind === 'in';
    if (isUntold) {
      this.#claims.delete(node);
      return;
    }
    const role = vitals.isFollower ? 'replica' : standing.role;
    if (role === 'replica') {
      node.wasReplica = true;
      node.isFenced = false;
    }
    const isKnown = vitals.timeline !== undefined || node.wasReplica || node === this.all[0];
    const isCredible = isKnown && !node.isFenced;
    const copiesNobody = !vitals.isFollower && vitals.missing === undefined && !node.isFenced;
    this.#claims.set(node, { name: node.name, role, timeline: vitals.timeline, isCredible, copiesNobody });
  }

  #followRoles(): void {
    const clusters = this.#clusters.verdict(this.replicas.filter(({ state }) => state.kind === 'in'));
    if (clusters === 'disputed') return this.#sayUndecided('nodes of different clusters may be');
    if (clusters === 'unheard') return;
    // What a stranger claimed before it was known as one does not count either.
    for (const node of this.replicas) if (this.#isStranger(node)) this.#claims.delete(node);
    const verdict = judgeRoles(this.#primary.name, [...this.#claims.values()], this.#primary.state.kind === 'out');
    if (verdict.kind === 'promote') {
      const node = this.all.find(({ name }) => name === verdict.name);
      if (node) this.#promote(node, verdict.why);
    }
    this.#sayUndecided(verdict.kind === 'undecided' ? `${verdict.names.join(' and ')} all say that they are` : '');
  }

  /** Once for each reason in a row. */
  #sayUndecided(why: string): void {
    if (why !== '' && why !== this.#undecided) {
      this.#listener.warn(`${why} the primary; ${this.#primary.name} stays. Call usePrimary().`);
    }
    this.#undecided = why;
  }

  #promote(node: TrackedNode, why: string): void {
    const from = this.#primary;
    this.#primary = node;
    this.#replicas = this.all.filter(other => other !== node);
    from.role = 'replica';
    from.isFenced = true;
    node.role = 'primary';
    node.isFenced = false;
    node.lagMs = 0;
    node.state = { kind: 'in', since: performance.now(), ramps: false };
    this.#ring.clear();
    if (from.state.kind === 'in') {
      const now = performance.now();
      this.#eject(from, { reason: 'fenced', why: `${node.name} was promoted instead of it` }, now, now);
    }
    this.#listener.tell.promoted({ node: node.name, from: from.name, why });
  }
}

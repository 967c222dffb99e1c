import type { NodeStatus } from '@mikro-kit/statement-tap';

import type { Candidate } from '../balance/candidate.ts';
import type { Ask, NodeStanding } from '../positions/log-positions.ts';
import { NodeProgress } from '../positions/node-progress.ts';
import { type Connector, ControlConnection } from './control-connection.ts';
import type { HostConnection, NamedConnection } from './host-connection.ts';
import { FRESH, type NodeState, shareOf } from './node-state.ts';
import type { Node } from './node.ts';
import { Traffic } from './traffic.ts';
import { NoAnswer, within } from './within.ts';

/** How long a node that had nothing left for a read gets fewer of them. */
const CONGESTED_MS = 5_000;
const CONGESTED_SHARE = 0.25;

/** Everything that is known of one node. Who may change what: see `NodeTable`. */
export class TrackedNode implements Node {
  readonly name: string;
  readonly connection: HostConnection;
  readonly traffic = new Traffic();
  readonly progress: NodeProgress;
  readonly #control: ControlConnection;
  readonly #answerMs: number;
  role: Node['role'];
  state: NodeState = FRESH;
  lagMs: number | 'unknown' = 'unknown';
  /** Whether a probe has ever seen it refuse writes. */
  wasReplica = false;
  /** Whether another node was made the primary instead of it, and it has not been seen as a replica since. */
  isFenced = false;
  /** Ejections for failures that are not forgotten yet. */
  failures = 0;
  /** Probes without an answer, in a row. */
  silences = 0;
  /** Whether the ORM was closed: connections of our own are not kept then. */
  isAtRest = false;

  /**
   * @param connect makes another connection to it
   * @param standing asks it where it stands
   * @param answerMs after which it gives no answer
   */
  constructor(
    { name, connection }: NamedConnection,
    role: Node['role'],
    connect: Connector,
    standing: (ask: Ask, known?: NodeStanding) => Promise<NodeStanding>,
    answerMs = 1_000,
  ) {
    this.name = name;
    this.connection = connection;
    this.role = role;
    this.#answerMs = answerMs;
    this.#control = new ControlConnection(connect, () => this.progress.forget());
    this.progress = new NodeProgress(known => standing(this.ask, known));
  }

  /**
   * Asks it on a connection that no query of the application uses.
   *
   * @throws NoAnswer when that takes too long, and cuts the connection
   */
  readonly ask: Ask = async (sql, params) => {
    const answer = await within(this.#answerMs, this.#control.ask(sql, params), true);
    if (this.isAtRest) this.#control.drop();
    if (answer.kind === 'answer') return answer.value;
    if (answer.kind === 'error') throw answer.error;
    this.disconnect();
    throw new NoAnswer(this.name);
  };

  /** Cuts the connections of our own. What it said about where it stands may be true no more: it may restart. */
  disconnect(): void {
    this.#control.drop();
    this.progress.forget();
  }

  /** What a balancer is told of it. */
  offered(weight: number, rampMs: number, now: number): Candidate {
    const { name, traffic } = this;
    const share = shareOf(this.state, rampMs, now) * (traffic.isCongested(now) ? CONGESTED_SHARE : 1);
    return { name, weight: weight * share, inFlight: traffic.inFlight, expectedMs: traffic.expectedMs(now) };
  }

  /** It had nothing left for a read: no connection, or what else that takes. */
  congested(now: number): void {
    this.traffic.congested(now, CONGESTED_MS);
  }

  status(rampMs: number, now: number): NodeStatus {
    const { name, role, state, traffic } = this;
    return {
      name,
      role,
      state: stateWord(state, rampMs, now),
      why: whyOf(this, rampMs, now),
      lagMs: role === 'primary' ? 0 : this.lagMs,
      latencyMs: traffic.latencyMs,
      inFlight: traffic.inFlight,
    };
  }
}

function stateWord(state: NodeState, rampMs: number, now: number): NodeStatus['state'] {
  if (state.kind === 'out') return 'out';
  if (state.doubt !== undefined) return 'suspect';
  return shareOf(state, rampMs, now) < 1 ? 'ramping' : 'in';
}

function whyOf({ state, traffic }: TrackedNode, rampMs: number, now: number): string {
  if (state.kind === 'out') {
    const left = state.until - now;
    return left > 0 ? `${state.why}; asked again in ${Math.ceil(left / 1_000)} s` : state.why;
  }
  if (state.doubt !== undefined) return `${state.doubt}; being probed`;
  if (traffic.isCongested(now)) return 'had no connection, memory or disk left a moment ago';
  const share = shareOf(state, rampMs, now);
  return share < 1
    ? `back since ${seconds(now - state.since)}, at ${Math.round(share * 100)} % of its share`
    : 'answers';
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}

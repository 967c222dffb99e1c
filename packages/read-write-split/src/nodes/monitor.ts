import type { Examiner } from './examiner.ts';
import { type Failure, failureOf, sayFailure } from './failure.ts';
import type { Findings } from './lag-judgement.ts';
import { isAlive } from './node-state.ts';
import type { NodeTable } from './node-table.ts';
import type { TrackedNode } from './tracked-node.ts';
import { NoAnswer, within } from './within.ts';

/** Options of the probes, in milliseconds. */
export interface ProbeOptions {
  /** Between two probes of a node. */
  readonly intervalMs: number;
  /** After which a probe counts as unanswered. */
  readonly timeoutMs: number;
  /** Unanswered probes in a row that eject a node. */
  readonly silences: number;
}

/** How often it is looked whether somebody is due. */
const TICK_MS = 100;
/** Replicas are asked that much after the primary, lest every commit in between looks like lag. */
const REPLICAS_LATER_MS = 150;

/** Failures of a probe that say nothing of its node. */
const OF_STATEMENTS: ReadonlySet<Failure> = new Set<Failure>(['conflict', 'read only', 'behind']);

interface Schedule {
  dueAt: number;
  lastAnswerAt: number;
  running: Promise<void> | undefined;
}

/** Asks every node how it is, from the first read on until the ORM closes. */
export class Monitor {
  readonly #table: NodeTable;
  readonly #examiner: Examiner;
  readonly #options: ProbeOptions;
  readonly #deadlineMs: number;
  readonly #warn: (message: string) => void;
  readonly #schedules = new Map<TrackedNode, Schedule>();
  readonly #warned = new Set<string>();
  /** Replicas whose account has been looked at. */
  readonly #privileged = new Set<TrackedNode>();
  #timer: NodeJS.Timeout | undefined;
  #stops = 0;
  #isHeld = false;

  /** @param deadlineMs a read that waits longer has its node asked at once */
  constructor(
    table: NodeTable,
    examiner: Examiner,
    options: ProbeOptions & { readonly deadlineMs: number },
    warn: (message: string) => void,
  ) {
    this.#table = table;
    this.#examiner = examiner;
    this.#options = options;
    this.#deadlineMs = options.deadlineMs;
    this.#warn = warn;
  }

  /** Starts, unless it runs or is held. */
  start(): void {
    if (this.#timer || this.#isHeld) return;
    const now = performance.now();
    for (const node of this.#table.all) {
      node.isAtRest = false;
      const dueAt = node === this.#table.primary ? now : now + REPLICAS_LATER_MS;
      this.#schedules.set(node, { dueAt, lastAnswerAt: now, running: undefined });
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    this.#tick();
  }

  /** Ends all of it, and holds it until {@link release}. */
  stop(): void {
    this.#isHeld = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#schedules.clear();
    this.#stops++;
    for (const node of this.#table.all) {
      node.isAtRest = true;
      node.disconnect();
    }
  }

  /** {@link start} may begin again. */
  release(): void {
    this.#isHeld = false;
  }

  /** How often it was stopped: what began before must not start it again. */
  get stops(): number {
    return this.#stops;
  }

  /** Asks a node now. Resolves when its answer, or its silence, has been judged. Never rejects. */
  async examine(node: TrackedNode): Promise<void> {
    this.start();
    const schedule = this.#schedules.get(node);
    if (!schedule) return;
    schedule.running ??= this.#probe(node, schedule).finally(() => (schedule.running = undefined));
    await schedule.running;
  }

  /** Asks all nodes now. Never rejects. */
  async examineAll(): Promise<void> {
    await Promise.all(this.#table.all.map(node => this.examine(node)));
  }

  #tick(): void {
    const now = performance.now();
    for (const [node, schedule] of this.#schedules) {
      if (!schedule.running && this.#isDue(node, schedule, now)) void this.examine(node);
    }
  }

  #isDue({ state, traffic }: TrackedNode, { dueAt, lastAnswerAt }: Schedule, now: number): boolean {
    if (state.kind === 'out' && !isAlive(state) && now < state.until && !this.#table.isInNeed) return false;
    if (now >= dueAt) return true;
    return traffic.oldestMs(now) > this.#deadlineMs && now - lastAnswerAt > this.#deadlineMs;
  }

  async #probe(node: TrackedNode, schedule: Schedule): Promise<void> {
    const { intervalMs, timeoutMs } = this.#options;
    const started = performance.now();
    schedule.dueAt = started + intervalMs;
    const answer = await within(timeoutMs, this.#ask(node));
    // Stopped, and perhaps started again, meanwhile.
    if (this.#schedules.get(node) !== schedule) return;
    const now = performance.now();
    if (answer.kind === 'answer') {
      schedule.lastAnswerAt = now;
      this.#warnOfRights(node, answer.value);
      return this.#table.answered(node, answer.value, now);
    }
    node.disconnect();
    if (answer.kind === 'error' && !(answer.error instanceof NoAnswer)) return this.#failed(node, answer.error, now);
    // Whoever answers the application is not silent, only slow.
    if (node.traffic.answeredAt > started) return this.#table.unheard(node);
    this.#table.silent(node, now);
    if (node.state.kind === 'in') schedule.dueAt = now;
  }

  /** A connection that was idle for a second may have been closed for many reasons; a new one tells. */
  async #ask(node: TrackedNode): Promise<Findings> {
    try {
      return await this.#examiner.examine(node);
    } catch (error) {
      if (failureOf(error) !== 'lost' || node.isAtRest) throw error;
      node.disconnect();
      return this.#examiner.examine(node);
    }
  }

  #failed(node: TrackedNode, error: unknown, now: number): void {
    const failure = failureOf(error);
    if (failure === 'exhausted') return node.congested(now);
    if (failure === 'denied') this.#warnOnce(`${node.name} is out, because it denies access: ${messageOf(error)}`);
    if (failure && !OF_STATEMENTS.has(failure)) {
      return this.#table.failed(node, failure, `could not be asked: ${sayFailure(error)}`, now);
    }
    if (failure && failure !== 'behind') return;
    this.#warnOnce(`${node.name} cannot be probed, so its lag and role are not known: ${messageOf(error)}`);
  }

  /** A replica's account should be able to tell its lag, and unable to write. */
  #warnOfRights(node: TrackedNode, { standing, vitals }: Findings): void {
    if (vitals.missing) {
      const unknown = 'a replica that no longer replicates cannot be told from an idle primary';
      this.#warnOnce(`the account on ${node.name} lacks ${vitals.missing}, so ${unknown}.`);
    }
    if (standing.role === 'replica' && !this.#privileged.has(node)) void this.#warnOfPrivilege(node);
  }

  async #warnOfPrivilege(node: TrackedNode): Promise<void> {
    this.#privileged.add(node);
    const right = await this.#examiner.privilege(node.ask).catch(() => undefined);
    if (right) this.#warnOnce(`the account on ${node.name} has ${right}, so read_only does not stop its writes.`);
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

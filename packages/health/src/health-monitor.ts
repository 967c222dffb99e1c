import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MikroORM } from '@mikro-orm/core';

import { databaseCheck, databaseNodes, isCritical } from './database-nodes.ts';
import type { HealthCheck } from './health-check.ts';
import { HealthError } from './health-error.ts';
import { healthHandler } from './health-handler.ts';
import { duration, type CheckOptions, type HealthOptions } from './health-options.ts';
import { conclude, type HealthReport } from './health-report.ts';
import { Probe } from './probe.ts';
import { redact } from './redact.ts';
import { repeat } from './repeat.ts';
import { routedNode } from './routed-node.ts';

type Activity =
  | { readonly state: 'on demand' }
  | { readonly state: 'periodic'; readonly stop: () => Promise<void> }
  | { readonly state: 'closed' };

/** The health of one ORM's databases and of whatever else was added. */
export class HealthMonitor {
  /** The kill switch: while false nothing is asked, and the report says `up` and that checks are off. */
  enabled: boolean;
  readonly #orm: MikroORM;
  readonly #options: Required<HealthOptions>;
  readonly #probes = new Map<string, Probe>();
  #activity: Activity = { state: 'on demand' };
  #round: Promise<HealthReport> | undefined;
  #last: HealthReport | undefined;

  constructor(orm: MikroORM, options: Required<HealthOptions>) {
    this.#orm = orm;
    this.#options = options;
    this.enabled = options.enabled;
    for (const node of databaseNodes(orm)) {
      const mayConnect = (): boolean => this.#activity.state !== 'closed';
      const check = databaseCheck(node, mayConnect, () => routedNode(orm, node.name));
      this.#add(`database:${node.name}`, check, () => isCritical(orm, node), options.timeoutMs);
    }
  }

  /** Asks every check now. Answers within the longest deadline, and never fails. */
  async check(): Promise<HealthReport> {
    this.#round = this.enabled ? this.#ask() : Promise.resolve(switchedOff());
    this.#last = await this.#round;
    return this.#last;
  }

  /** The latest report of `check()` or of a periodic round; undefined before the first. */
  last(): HealthReport | undefined {
    return this.#last;
  }

  /** Checks periodically from now on, `intervalMs` after each round. Does nothing if it does so, or is closed. */
  start(): void {
    if (this.#activity.state !== 'on demand') return;
    this.#activity = { state: 'periodic', stop: repeat(() => this.check(), this.#options.intervalMs) };
  }

  /** Ends the periodic checks; resolves when a running round is over. `orm.close()` does it too. */
  async stop(): Promise<void> {
    if (this.#activity.state === 'periodic') await this.#leave({ state: 'on demand' });
  }

  /**
   * Adds a check and returns the function that removes it.
   * @throws HealthError `DUPLICATE_CHECK` when the name is taken, `INVALID_OPTION` for an impossible deadline
   */
  add(name: string, check: HealthCheck, options: CheckOptions = {}): () => void {
    const { critical = true, timeoutMs = this.#options.timeoutMs } = options;
    return this.#add(name, check, () => critical, timeoutMs);
  }

  #add(name: string, check: HealthCheck, isNeeded: () => boolean, timeoutMs: number): () => void {
    if (this.#probes.has(name)) {
      throw new HealthError('DUPLICATE_CHECK', `There is a check named "${name}" already; choose another name.`);
    }
    const probe = new Probe({
      name,
      check,
      isCritical: isNeeded,
      timeoutMs: duration('timeoutMs', timeoutMs),
      redact: reason => redact(reason, this.#orm),
    });
    this.#probes.set(name, probe);
    return () => {
      if (this.#probes.get(name) === probe) this.#probes.delete(name);
    };
  }

  /**
   * An HTTP listener for `/live`, `/ready` and `/health`, under any prefix. It answers from the last round while
   * checks are periodic, and asks otherwise.
   */
  handler(): (req: IncomingMessage, res: ServerResponse) => void {
    return healthHandler(() => this.#current());
  }

  /** Ends everything before the ORM's connections close; from here on a check opens no connection. */
  async close(): Promise<void> {
    await this.#leave({ state: 'closed' });
    await this.#round;
  }

  async #current(): Promise<HealthReport> {
    const fresh = this.#activity.state === 'periodic' ? this.#last : undefined;
    return fresh ?? this.check();
  }

  async #ask(): Promise<HealthReport> {
    return conclude(await Promise.all([...this.#probes.values()].map(probe => probe.report())));
  }

  async #leave(next: Activity): Promise<void> {
    const previous = this.#activity;
    this.#activity = next;
    if (previous.state === 'periodic') await previous.stop();
  }
}

function switchedOff(): HealthReport {
  const checkedAt = new Date().toISOString();
  return conclude([
    {
      name: 'health',
      status: 'up',
      critical: false,
      durationMs: 0,
      checkedAt,
      reason: 'Health checks are switched off',
    },
  ]);
}

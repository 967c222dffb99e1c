import { within } from './deadline.ts';
import { find, type CheckFinding, type HealthCheck } from './health-check.ts';
import type { CheckReport } from './health-report.ts';

/** How a {@link Probe} asks. */
export interface ProbeSettings {
  readonly name: string;
  readonly check: HealthCheck;
  /** Asked for each report. */
  readonly isCritical: () => boolean;
  /** How long a caller waits for the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Makes a reason safe to show. */
  readonly redact: (reason: string) => string;
}

type Flight = { readonly state: 'idle' } | Question;
type Question = { readonly state: 'asked'; readonly since: number; readonly answer: Promise<CheckFinding> };

/** Asks one check; at most one question is under way, and whoever asks meanwhile shares its answer. */
export class Probe {
  readonly #settings: ProbeSettings;
  #flight: Flight = { state: 'idle' };

  constructor(settings: ProbeSettings) {
    this.#settings = settings;
  }

  /** The finding, or `down` when there is none within the deadline. Never fails. */
  async report(): Promise<CheckReport> {
    const { name, isCritical, timeoutMs, redact } = this.#settings;
    const { since, answer } = this.#flight.state === 'asked' ? this.#flight : this.#ask();
    const { status, reason } = await within(timeoutMs, answer, () => this.#silence(since));
    const durationMs = Math.round((performance.now() - since) * 10) / 10;
    const checkedAt = new Date().toISOString();
    const critical = isCritical();
    return { name, status, critical, durationMs, checkedAt, ...(reason && { reason: redact(reason) }) };
  }

  #ask(): Question {
    const { check, timeoutMs } = this.#settings;
    const answer = find(check, AbortSignal.timeout(timeoutMs)).finally(() => (this.#flight = { state: 'idle' }));
    const question: Question = { state: 'asked', since: performance.now(), answer };
    this.#flight = question;
    return question;
  }

  #silence(since: number): CheckFinding {
    const seconds = ((performance.now() - since) / 1_000).toFixed(1);
    return { status: 'down', reason: `No answer within ${this.#settings.timeoutMs} ms (asked ${seconds} s ago)` };
  }
}

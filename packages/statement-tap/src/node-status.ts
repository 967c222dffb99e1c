/** What is known of the primary or of one replica, for whoever routes to it or reports on it. Holds no secrets. */
export interface NodeStatus {
  /** `primary`, or the replica's name, as configured; a node keeps its name when it is promoted. */
  readonly name: string;
  /** What it is now. */
  readonly role: 'primary' | 'replica';
  /**
   * `in` answers reads. `ramping` does so too, with a share that grows, as it was out until lately. `suspect` is asked
   * only where nobody else can answer, until a probe tells. `out` is not asked.
   */
  readonly state: 'in' | 'ramping' | 'suspect' | 'out';
  /** Why it is in that state, in one line for an operator. */
  readonly why: string;
  /** How far it is behind the primary, in milliseconds; 0 for the primary itself. */
  readonly lagMs: number | 'unknown';
  /** Recent latency of its reads, where slow ones count for more (peak EWMA), in milliseconds. */
  readonly latencyMs: number | undefined;
  /** Reads that it has not answered yet. */
  readonly inFlight: number;
}

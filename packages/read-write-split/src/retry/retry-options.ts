/** Options of the retry of reads. */
export interface RetryOptions {
  /** How many other nodes a read may be sent to when its node fails, each of them once. 0 for none. Default: all. */
  readonly times: number;
  /** A read that waits longer has its node probed, in milliseconds. The read itself is left alone while the node answers. */
  readonly deadlineMs: number;
}

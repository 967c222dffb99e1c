import type { ServerLink } from './server-link.ts';

/** The servers that hold the keys: one, or the primaries of a Cluster. */
export interface Servers {
  /** Whether commands with several keys are refused unless these are in one slot. */
  readonly isCluster: boolean;
  /** What the client puts before each key by itself. */
  readonly addedPrefix: string;
  /** What its user wants before each key and the client does not put there, when it is used as it is here. */
  readonly wantedPrefix: string;
  /** Resolves when it is known who holds what. Rejects when that takes more than `deadlineMs` milliseconds. */
  ready(deadlineMs: number): Promise<void>;
  /** Which positions of `keys` each server holds; under `undefined` those that none is known to hold. */
  owners(keys: readonly string[]): ReadonlyMap<ServerLink | undefined, readonly number[]>;
  /** The server at `host:port`. */
  at(address: string): ServerLink | undefined;
  /** All that hold keys. */
  all(): readonly ServerLink[];
  /** Has it found out anew who holds what; within `deadlineMs` milliseconds, or later. Never rejects. */
  refresh(deadlineMs: number): Promise<void>;
  /** Ends what was hung on the client. */
  leave(): void;
}

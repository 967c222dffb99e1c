import type { ServerLink } from './server-link.ts';

/** The servers that hold the keys. */
export type Servers = OneServer | SeveralServers;

interface Reachable {
  /** What the client puts before each key by itself. */
  readonly addedPrefix: string;
  /** What its user wants before each key and the client does not put there, when it is used as it is here. */
  readonly wantedPrefix: string;
  /** Whether it is known who holds what. */
  readonly isReady: boolean;
  /** Resolves when it is known who holds what. Rejects when that takes more than `deadlineMs` milliseconds. */
  ready(deadlineMs: number): Promise<void>;
  /** All that hold keys. */
  all(): readonly ServerLink[];
  /** Ends what was hung on the client. */
  leave(): void;
}

/** One that holds all keys. */
export interface OneServer extends Reachable {
  readonly only: ServerLink;
}

/** The primaries of a Cluster, which refuse commands with keys of several slots. */
export interface SeveralServers extends Reachable {
  readonly only: undefined;
  /** Which positions of `keys` each server holds; under `undefined` those that none is known to hold. */
  owners(keys: readonly string[]): ReadonlyMap<ServerLink | undefined, readonly number[]>;
  /** The server at `host:port`. */
  at(address: string): ServerLink | undefined;
  /** Has it found out anew who holds what; within `deadlineMs` milliseconds, or later. Never rejects. */
  refresh(deadlineMs: number): Promise<void>;
}

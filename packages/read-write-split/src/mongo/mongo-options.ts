import { requireBoolean, requireKnown } from '../option-checks.ts';
import { ReadWriteSplitError } from '../read-write-split-error.ts';

/** MongoDB's ways to choose a member for a read. */
export type MongoReadMode = (typeof MODES)[number];

const MODES = ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'] as const;
const NAMES = ['readPreference', 'tags', 'maxStalenessSeconds', 'retryWrites', 'retryReads', 'timeouts'];
const TIMEOUT_NAMES = ['serverSelectionMs', 'connectMs', 'socketMs', 'operationMs'];
/** Of MongoDB: https://www.mongodb.com/docs/manual/core/read-preference-staleness/ */
const MIN_STALENESS_SECONDS = 90;

/** What applies on MongoDB, whose driver chooses among the members of the replica set by itself. */
export interface MongoOptions {
  /** For reads outside of transactions. Default `secondaryPreferred`. */
  readonly readPreference?: MongoReadMode;
  /** Members must have all tags of one of these sets, the first that any member has; `{}` is any member. */
  readonly tags?: readonly Readonly<Record<string, string>>[];
  /** How far a secondary may be behind, as the driver estimates it, in seconds; 90 or more. Default: no bound. */
  readonly maxStalenessSeconds?: number;
  /** Whether the driver repeats a write once whose connection broke, which MongoDB runs only once. Default true. */
  readonly retryWrites?: boolean;
  /** Whether the driver repeats a read once. Default true. */
  readonly retryReads?: boolean;
  /** In milliseconds; what is not given is the driver's default. */
  readonly timeouts?: MongoTimeouts;
}

/** Durations in milliseconds. */
export interface MongoTimeouts {
  /** To find a member that may answer. The driver's default is 30,000. */
  readonly serverSelectionMs?: number;
  /** To open a connection. The driver's default is 30,000. */
  readonly connectMs?: number;
  /** Without any data on a connection in use. The driver has none. */
  readonly socketMs?: number;
  /** For an operation as a whole, with its retries. The driver has none. */
  readonly operationMs?: number;
}

/** What the driver takes as a read preference. */
export interface MongoReadPreference {
  readonly mode: MongoReadMode;
  readonly tags?: readonly Readonly<Record<string, string>>[];
  readonly maxStalenessSeconds?: number;
}

/** The read preference that the options ask for. @throws ReadWriteSplitError `INVALID_OPTION` */
export function readPreferenceOf(options: MongoOptions): MongoReadPreference {
  requireKnown('mongo', options, NAMES);
  const { readPreference: mode = 'secondaryPreferred', tags, maxStalenessSeconds } = options;
  if (!MODES.includes(mode)) throw invalid(`readPreference must be one of ${MODES.join(', ')}, not '${mode}'`);
  if (maxStalenessSeconds !== undefined && !(maxStalenessSeconds >= MIN_STALENESS_SECONDS)) {
    throw invalid(`maxStalenessSeconds must be ${MIN_STALENESS_SECONDS} or more, not ${maxStalenessSeconds}`);
  }
  if (mode === 'primary' && (tags ?? maxStalenessSeconds) !== undefined) {
    throw invalid("readPreference 'primary' goes with neither tags nor maxStalenessSeconds");
  }
  return { mode, ...(tags && { tags }), ...(maxStalenessSeconds !== undefined && { maxStalenessSeconds }) };
}

/** The same options in the driver's words, for its client. @throws ReadWriteSplitError `INVALID_OPTION` */
export function clientOptionsOf({ retryWrites = true, retryReads = true, timeouts = {} }: MongoOptions): object {
  requireKnown('mongo.timeouts', timeouts, TIMEOUT_NAMES);
  requireBoolean('mongo.retryWrites', retryWrites);
  requireBoolean('mongo.retryReads', retryReads);
  const { serverSelectionMs, connectMs, socketMs, operationMs } = timeouts;
  const given = {
    serverSelectionTimeoutMS: serverSelectionMs,
    connectTimeoutMS: connectMs,
    socketTimeoutMS: socketMs,
    timeoutMS: operationMs,
  };
  for (const [name, ms] of Object.entries(timeouts)) {
    if (ms !== undefined && !(ms >= 0)) throw invalid(`timeouts.${name} must be zero or more milliseconds, not ${ms}`);
  }
  const set = Object.entries(given).filter(([, ms]) => ms !== undefined);
  return { retryWrites, retryReads, ...Object.fromEntries(set) };
}

function invalid(what: string): ReadWriteSplitError {
  return new ReadWriteSplitError('INVALID_OPTION', `mongo: ${what}.`);
}

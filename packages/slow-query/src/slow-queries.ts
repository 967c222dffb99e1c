import { type EventListener, EventListeners, type ObservedStatement, type SqlDialect } from '@mikro-kit/statement-tap';
import type { MetadataStorage } from '@mikro-orm/core';

import { NPlusOneDetector } from './n-plus-one-detector.ts';
import type { NPlusOne } from './n-plus-one.ts';
import { buildReport, type Report, type ReportOptions } from './report.ts';
import { Ring } from './ring.ts';
import type { SlowQuerySettings } from './slow-query-options.ts';
import { slowStatement, type SlowStatement } from './slow-statement.ts';
import { StatementTable } from './statement-table.ts';
import { TemplateCache, type Template } from './template-cache.ts';

/** How many slow statements are kept. */
const SLOW_STATEMENTS = 100;

/** What {@link SlowQueries.on} can tell of. */
export interface SlowQueryEvents {
  /** A statement took `thresholdMs` or longer. */
  readonly slow: SlowStatement;
  /** An N+1 was found; told once for each, when it reaches `nPlusOneAt`. */
  readonly nPlusOne: NPlusOne;
}

/** What the counts rest on; replaced as a whole by `reset()`. */
interface Counts {
  readonly since: Date;
  readonly table: StatementTable;
  readonly slow: Ring<SlowStatement>;
  readonly nPlusOnes: NPlusOneDetector;
}

/** What ran on one ORM: figures by fingerprint, the last slow statements and the N+1s. Bounded in memory. */
export class SlowQueries {
  /** Turns watching off and on at run time; what was counted is kept. */
  enabled: boolean;
  readonly #settings: SlowQuerySettings;
  readonly #metadata: () => MetadataStorage;
  readonly #templates: TemplateCache;
  readonly #listeners = new EventListeners<SlowQueryEvents>(warn);
  #counts: Counts;

  constructor(settings: SlowQuerySettings, dialect: SqlDialect, metadata: () => MetadataStorage) {
    this.enabled = settings.enabled;
    this.#settings = settings;
    this.#metadata = metadata;
    this.#templates = new TemplateCache(dialect);
    this.#counts = this.#startCounting();
  }

  /** The last 100 slow statements, the oldest first. */
  get slow(): readonly SlowStatement[] {
    return this.#counts.slow.toArray();
  }

  /** The statements that took most of the time, or what else `by` says, as plain data. */
  report(options: ReportOptions = {}): Report {
    const { table, nPlusOnes, since } = this.#counts;
    return buildReport(table, nPlusOnes.list(), since, options);
  }

  /** What was read one by one in a loop, the most repeated first. */
  nPlusOnes(): readonly NPlusOne[] {
    return this.#counts.nPlusOnes.list();
  }

  /**
   * Calls `listener` on each such event, synchronously after the statement. Its failure is a process warning, nothing
   * more. Returns the function that removes it.
   */
  on<Name extends keyof SlowQueryEvents>(name: Name, listener: EventListener<SlowQueryEvents[Name]>): () => void {
    return this.#listeners.on(name, listener);
  }

  /** Forgets everything that was counted and found; listeners stay. */
  reset(): void {
    this.#counts = this.#startCounting();
  }

  /** Adds one statement; the tap calls it. */
  add(statement: ObservedStatement): void {
    if (!this.enabled) return;
    const now = Date.now();
    const template = this.#templateOf(statement);
    const shape = shapeOf(statement);
    this.#counts.table.add(statement, template.fingerprint, shape, now);
    if (statement.durationUs >= this.#settings.thresholdMs * 1_000) {
      this.#addSlow(slowStatement(statement, template.fingerprint, shape, now));
    }
    this.#counts.nPlusOnes.add(statement, template, now);
  }

  #addSlow(statement: SlowStatement): void {
    this.#counts.slow.push(statement);
    this.#listeners.emit('slow', statement);
  }

  /** Names of savepoints differ from one to the next. */
  #templateOf({ command, text }: ObservedStatement): Template {
    return command === undefined ? this.#templates.read(text) : { fingerprint: command };
  }

  #startCounting(): Counts {
    const { maxFingerprints, nPlusOneAt } = this.#settings;
    const found = (nPlusOne: NPlusOne): void => this.#listeners.emit('nPlusOne', nPlusOne);
    return {
      since: new Date(),
      table: new StatementTable(maxFingerprints),
      slow: new Ring(SLOW_STATEMENTS),
      nPlusOnes: new NPlusOneDetector({ threshold: nPlusOneAt, metadata: this.#metadata, found }),
    };
  }
}

/** The shape that a query spec puts into the host's logger context. */
function shapeOf({ context }: ObservedStatement): string | undefined {
  const shape = context?.['shape'];
  return typeof shape === 'string' ? shape : undefined;
}

function warn(message: string): void {
  process.emitWarning(message, 'SlowQueryWarning');
}

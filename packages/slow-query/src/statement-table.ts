import type { ObservedStatement, Statement, StatementKind } from '@mikro-kit/statement-tap';

import { Tally, type Figures } from './figures.ts';

/** What is known of the statements of one fingerprint (and of one query shape, where they carry one). */
export interface StatementFigures extends Figures {
  /** The statement without its values. */
  readonly fingerprint: string;
  /** The shape of the query spec that asked for it (`context.shape` of the statement). */
  readonly shape?: string;
  readonly kind: StatementKind;
  /** Class name of the entity that its first table belongs to, when exactly one does. */
  readonly entity?: string;
  readonly tables: Statement['tables'];
  /** Names of the nodes that it ran on. */
  readonly nodes: readonly string[];
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/**
 * The figures of every fingerprint, at most `capacity` of them. Once it is full, statements with a new fingerprint are
 * added to `others`.
 */
export class StatementTable {
  readonly #capacity: number;
  readonly #rows = new Map<string, Row>();
  #others: Tally | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `now` is in epoch milliseconds. */
  add(statement: ObservedStatement, fingerprint: string, shape: string | undefined, now: number): void {
    const key = shape === undefined ? fingerprint : `${shape}\n${fingerprint}`;
    const row = this.#rows.get(key) ?? this.#open(key, statement, fingerprint, shape, now);
    if (row) row.add(statement, now);
    else (this.#others ??= new Tally()).add(statement);
  }

  figures(): StatementFigures[] {
    return Array.from(this.#rows.values(), row => row.figures());
  }

  /** What did not fit, or `undefined` when everything did. */
  others(): Figures | undefined {
    return this.#others?.figures();
  }

  total(): Figures {
    const total = new Tally();
    for (const row of this.#rows.values()) total.merge(row.tally);
    if (this.#others) total.merge(this.#others);
    return total.figures();
  }

  #open(key: string, statement: Statement, fingerprint: string, shape: string | undefined, now: number) {
    if (this.#rows.size >= this.#capacity) return undefined;
    const row = new Row(statement, fingerprint, shape, now);
    this.#rows.set(key, row);
    return row;
  }
}

type Identity = Pick<StatementFigures, 'fingerprint' | 'shape' | 'kind' | 'entity' | 'tables'>;

class Row {
  readonly tally = new Tally();
  readonly #identity: Identity;
  readonly #nodes = new Set<string>();
  readonly #firstSeen: number;
  #lastSeen: number;

  constructor({ kind, entity, tables }: Statement, fingerprint: string, shape: string | undefined, now: number) {
    this.#identity = {
      fingerprint,
      ...(shape !== undefined && { shape }),
      kind,
      ...(entity !== undefined && { entity }),
      tables,
    };
    this.#firstSeen = now;
    this.#lastSeen = now;
  }

  add(statement: ObservedStatement, now: number): void {
    this.tally.add(statement);
    this.#nodes.add(statement.node);
    this.#lastSeen = now;
  }

  figures(): StatementFigures {
    return {
      ...this.#identity,
      ...this.tally.figures(),
      nodes: [...this.#nodes],
      firstSeen: new Date(this.#firstSeen),
      lastSeen: new Date(this.#lastSeen),
    };
  }
}

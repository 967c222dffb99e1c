import { classify, type Classification } from './classify.ts';
import type { SqlDialect } from './sql-dialect.ts';

const MAX_TEXTS = 2_000;
const MAX_CHARS = 20_000;

/**
 * Classifications by statement text, so that a text is cut into tokens once. Holds the 2,000 texts last met, none of
 * more than 20,000 characters.
 */
export class StatementCache {
  readonly #dialect: SqlDialect;
  readonly #known = new Map<string, Classification>();

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect;
  }

  classify(text: string): Classification {
    const known = this.#known.get(text);
    if (known) return known;
    const fresh = classify(text, this.#dialect);
    if (text.length <= MAX_CHARS) this.#remember(text, fresh);
    return fresh;
  }

  /** First in, first out: a template that matters is classified again for the price of one scan. */
  #remember(text: string, classification: Classification): void {
    this.#known.set(text, classification);
    if (this.#known.size <= MAX_TEXTS) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

import { tokenize, type SqlDialect } from '@mikro-kit/statement-tap';

import { fingerprintOf } from './fingerprint.ts';
import { keyReadOf, type KeyRead } from './key-read.ts';

/** What a statement's text tells, read once for each text. */
export interface Template {
  readonly fingerprint: string;
  /** Only of a read by key. */
  readonly keyRead?: KeyRead;
}

const MAX_TEMPLATES = 2_000;
/** Beyond this many characters a text is cut: a batch of thousands of rows differs from its like in nothing else. */
const MAX_LENGTH = 8_192;

/**
 * Remembers what 2,000 statement texts tell, so that one is cut into tokens when it is first met. Longer texts than
 * 8,192 characters are cut there and not remembered, which bounds the memory at some 16 MB.
 */
export class TemplateCache {
  readonly #dialect: SqlDialect;
  readonly #templates = new Map<string, Template>();

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect;
  }

  read(text: string): Template {
    const known = this.#templates.get(text);
    if (known) return known;
    if (text.length > MAX_LENGTH) return { fingerprint: `${this.#analyse(text.slice(0, MAX_LENGTH)).fingerprint} …` };
    const template = this.#analyse(text);
    this.#remember(text, template);
    return template;
  }

  #analyse(text: string): Template {
    const tokens = tokenize(text, this.#dialect);
    const keyRead = keyReadOf(tokens);
    return { fingerprint: fingerprintOf(tokens), ...(keyRead && { keyRead }) };
  }

  /** First in, first out: a template that matters is read again for a few microseconds. */
  #remember(text: string, template: Template): void {
    if (this.#templates.size >= MAX_TEMPLATES) {
      const [oldest] = this.#templates.keys();
      if (oldest !== undefined) this.#templates.delete(oldest);
    }
    this.#templates.set(text, template);
  }
}

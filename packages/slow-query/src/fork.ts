import type { ObservedStatement, Statement } from '@mikro-kit/statement-tap';

import type { Finding } from './n-plus-one.ts';
import type { Repetition } from './repetition.ts';
import type { Template } from './template-cache.ts';

const MAX_TEMPLATES = 64;

/** What has become of the reads of one template in one fork. */
export type Loop =
  /** Read once, with these parameters. */
  | { readonly state: 'once'; readonly params: readonly unknown[] }
  | { readonly state: 'watched'; readonly repetition: Repetition }
  | { readonly state: 'found'; readonly finding: Finding; readonly times: number }
  | { readonly state: 'ignored' };

/** No loop, and never going to be one. */
export const IGNORED: Loop = { state: 'ignored' };

/** The reads of one template in one fork. */
export interface Reads {
  readonly tables: Statement['tables'];
  statements: number;
  rows: number;
  loop: Loop;
}

/** What else a fork has read: the evidence of where the keys of a loop come from. */
export interface OtherReads {
  /** Whether nothing is missing here. */
  readonly complete: boolean;
  /** Those that began before the loop. */
  readonly before: readonly Reads[];
  readonly after: readonly Reads[];
}

/** The reads of one EntityManager fork: 64 templates, in the order in which they were first seen. */
export class Fork {
  /** Epoch milliseconds. */
  lastSeen: number;
  readonly #reads = new Map<Template, Reads>();
  #complete = true;

  constructor(now: number) {
    this.lastSeen = now;
  }

  /** Counts a read; `undefined` when the fork has too many templates. */
  add({ tables, rows = 0, params }: ObservedStatement, template: Template): Reads | undefined {
    const reads = this.#reads.get(template) ?? this.#open(tables, params, template);
    if (!reads) return undefined;
    reads.statements++;
    reads.rows += rows;
    return reads;
  }

  othersThan(template: Template): OtherReads {
    const templates = [...this.#reads.keys()];
    const reads = [...this.#reads.values()];
    const at = templates.indexOf(template);
    return { complete: this.#complete, before: reads.slice(0, at), after: reads.slice(at + 1) };
  }

  #open(tables: Statement['tables'], params: readonly unknown[], template: Template): Reads | undefined {
    const full = this.#reads.size >= MAX_TEMPLATES;
    if (full || tables === 'unknown') this.#complete = false;
    if (full) return undefined;
    const loop: Loop = template.keyRead ? { state: 'once', params } : IGNORED;
    const reads = { tables, statements: 0, rows: 0, loop };
    this.#reads.set(template, reads);
    return reads;
  }
}

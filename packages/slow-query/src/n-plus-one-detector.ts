import type { ObservedStatement } from '@mikro-kit/statement-tap';
import type { MetadataStorage } from '@mikro-orm/core';

import { describeFinding, Findings, type Finding } from './findings.ts';
import type { Loop, OtherReads } from './fork.ts';
import { Forks } from './forks.ts';
import { keyMeaning } from './key-meaning.ts';
import type { NPlusOne } from './n-plus-one.ts';
import type { Repetition } from './repetition.ts';
import type { Template } from './template-cache.ts';

const IGNORED: Loop = { state: 'ignored' };

/** What a detector needs. */
export interface NPlusOneDetectorOptions {
  /** From how many different keys read in one fork on it is an N+1. */
  readonly threshold: number;
  readonly metadata: () => MetadataStorage;
  /** Told of each N+1 once. */
  readonly found: (nPlusOne: NPlusOne) => void;
}

/** Finds reads of one table that are repeated key by key within one EntityManager fork. Bounded in memory. */
export class NPlusOneDetector {
  readonly #options: NPlusOneDetectorOptions;
  readonly #forks = new Forks();
  readonly #findings = new Findings();

  constructor(options: NPlusOneDetectorOptions) {
    this.#options = options;
  }

  /** `now` is in epoch milliseconds. */
  add(statement: ObservedStatement, template: Template, now: number): void {
    if (statement.kind !== 'read' || statement.fork === undefined) return;
    const fork = this.#forks.get(statement.fork, now);
    const reads = fork.add(statement, template);
    if (!reads) return;
    const { loop } = reads;
    if (loop.state === 'found') reads.loop = repeat(loop.finding, loop.times + 1);
    if (loop.state !== 'watched') return;
    if (!loop.repetition.add(statement.params)) reads.loop = IGNORED;
    else if (loop.repetition.distinct >= this.#options.threshold) {
      reads.loop = this.#conclude(loop.repetition, template.fingerprint, fork.othersThan(template));
    }
  }

  list(): NPlusOne[] {
    return this.#findings.list();
  }

  #conclude(repetition: Repetition, fingerprint: string, others: OtherReads): Loop {
    const meaning = keyMeaning(repetition, others, this.#options.metadata());
    const finding = meaning && this.#findings.open(meaning, fingerprint);
    if (!finding) return IGNORED;
    finding.forks++;
    const loop = repeat(finding, repetition.times);
    if (finding.forks === 1) this.#options.found(describeFinding(finding));
    return loop;
  }
}

function repeat(finding: Finding, times: number): Loop {
  finding.times = Math.max(finding.times, times);
  return { state: 'found', finding, times };
}

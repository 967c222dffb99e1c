import type { ObservedStatement } from '@mikro-kit/statement-tap';
import type { MetadataStorage } from '@mikro-orm/core';

import { describeFinding, Findings, type Finding } from './findings.ts';
import type { ForkReads } from './fork-reads.ts';
import { Forks, hasRoom, type Fork, type Loop } from './forks.ts';
import { keyMeaning } from './key-meaning.ts';
import type { NPlusOne } from './n-plus-one.ts';
import { Repetition } from './repetition.ts';
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
    fork.reads.add(statement.tables, statement.rows ?? 0);
    if (!template.keyRead) return;
    const known = fork.loops.get(template);
    if (!known && !hasRoom(fork)) return;
    const loop: Loop = known ?? { state: 'watched', repetition: new Repetition(template.keyRead, statement.params) };
    fork.loops.set(template, this.#advance(loop, statement, template, fork));
  }

  list(): NPlusOne[] {
    return this.#findings.list();
  }

  #advance(loop: Loop, { params }: ObservedStatement, { fingerprint }: Template, { reads }: Fork): Loop {
    switch (loop.state) {
      case 'ignored':
        return loop;
      case 'found':
        return repeat(loop.finding, loop.times + 1);
      case 'watched':
        if (!loop.repetition.add(params)) return IGNORED;
        return loop.repetition.distinct < this.#options.threshold
          ? loop
          : this.#conclude(loop.repetition, fingerprint, reads);
    }
  }

  #conclude(repetition: Repetition, fingerprint: string, reads: ForkReads): Loop {
    const meaning = keyMeaning(repetition, reads, this.#options.metadata());
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

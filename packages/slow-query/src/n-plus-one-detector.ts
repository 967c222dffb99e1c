import type { ObservedStatement } from '@mikro-kit/statement-tap';
import type { MetadataStorage } from '@mikro-orm/core';

import { Findings } from './findings.ts';
import { IGNORED, type Fork, type Loop, type OtherReads } from './fork.ts';
import { Forks } from './forks.ts';
import { keyMeaning } from './key-meaning.ts';
import { describeNPlusOne, type Finding, type NPlusOne } from './n-plus-one.ts';
import { Repetition } from './repetition.ts';
import type { Template } from './template-cache.ts';

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
    if (!reads || reads.statements === 1) return;
    reads.loop = this.#advance(reads.loop, statement.params, template, fork);
  }

  list(): NPlusOne[] {
    return this.#findings.list();
  }

  #advance(loop: Loop, params: readonly unknown[], template: Template, fork: Fork): Loop {
    if (loop.state === 'ignored') return loop;
    if (loop.state === 'found') return repeat(loop.finding, loop.times + 1);
    const repetition = repetitionOf(loop, template);
    if (!repetition?.add(params)) return IGNORED;
    if (repetition.distinct < this.#options.threshold) return { state: 'watched', repetition };
    return this.#conclude(repetition, template.fingerprint, fork.othersThan(template));
  }

  #conclude(repetition: Repetition, fingerprint: string, others: OtherReads): Loop {
    const meaning = keyMeaning(repetition, others, this.#options.metadata());
    const finding = meaning && this.#findings.open(meaning, fingerprint);
    if (!finding) return IGNORED;
    finding.forks++;
    const loop = repeat(finding, repetition.times);
    if (finding.forks === 1) this.#options.found(describeNPlusOne(finding));
    return loop;
  }
}

function repetitionOf(loop: Loop, { keyRead }: Template): Repetition | undefined {
  if (loop.state === 'watched') return loop.repetition;
  return loop.state === 'once' && keyRead ? new Repetition(keyRead, loop.params) : undefined;
}

function repeat(finding: Finding, times: number): Loop {
  finding.times = Math.max(finding.times, times);
  return { state: 'found', finding, times };
}

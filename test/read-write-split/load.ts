import { setTimeout as pause } from 'node:timers/promises';

import { getReadWriteSplit, type ReadWriteSplitEvents } from '@mikro-kit/read-write-split';
import type { NodeStatus } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { until } from '../servers/index.ts';
import { City } from '../statement-tap/cities.ts';

const READERS = 50;

/** Readers and a writer that never rest, and what they met. */
export interface Load extends AsyncDisposable {
  /** What reads have failed with. */
  readonly failedReads: Error[];
  /** What writes have failed with. */
  readonly failedWrites: Error[];
  /** How often a read was sent to another node. */
  readonly retries: () => number;
  /** Resolves when so many reads and, if asked for, writes more have succeeded. */
  readonly goesOn: (reads: number, writes?: number) => Promise<void>;
  /** Forgets what it met. */
  readonly forget: () => void;
}

/** 50 readers of the row 1, each read in a fork of its own, and a writer of new rows. */
export function startLoad(orm: MikroORM): Load {
  const counts = { reads: 0, writes: 0, retries: 0, id: 1_000 };
  const failedReads: Error[] = [];
  const failedWrites: Error[] = [];
  const stop = new AbortController();
  const stopListening = getReadWriteSplit(orm).on('routed', ({ reason }) => reason === 'retry' && counts.retries++);
  const loop = async (count: 'reads' | 'writes', work: () => Promise<unknown>, failed: Error[]): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await work();
        counts[count]++;
      } catch (error) {
        failed.push(error instanceof Error ? error : new Error(String(error)));
      }
      // Writers, and readers that fail, leave room for others.
      if (count === 'writes' || failed.length > 0) await pause(10);
    }
  };
  const read = (): Promise<unknown> => orm.em.fork().findOneOrFail(City, 1);
  const write = (): Promise<unknown> => orm.em.fork().insert(City, { id: counts.id++, name: 'new' });
  const running = [
    ...Array.from({ length: READERS }, () => loop('reads', read, failedReads)),
    loop('writes', write, failedWrites),
  ];
  return {
    failedReads,
    failedWrites,
    retries: () => counts.retries,
    async goesOn(reads, writes = 0) {
      const target = { reads: counts.reads + reads, writes: counts.writes + writes };
      const what = `${reads} reads and ${writes} writes`;
      await until(() => counts.reads >= target.reads && counts.writes >= target.writes, { what });
    },
    forget() {
      failedReads.length = 0;
      failedWrites.length = 0;
      counts.retries = 0;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      stopListening();
      await Promise.all(running);
    },
  };
}

/** What happened to nodes, in order: `ejected replica-0 down`. */
export function recordEvents(orm: MikroORM): string[] {
  const split = getReadWriteSplit(orm);
  const told: string[] = [];
  const tell = <Name extends keyof ReadWriteSplitEvents>(
    name: Name,
    say: (event: ReadWriteSplitEvents[Name]) => string,
  ): void => void split.on(name, event => told.push(`${name} ${say(event)}`));
  tell('ejected', ({ node, reason }) => `${node} ${reason}`);
  tell('readmitted', ({ node }) => node);
  tell('promoted', ({ node }) => node);
  tell('lagging', ({ node }) => node);
  return told;
}

/** What the split says of a node. */
export function statusOf(orm: MikroORM, name: string): NodeStatus | undefined {
  return getReadWriteSplit(orm)
    .nodes()
    .find(node => node.name === name);
}

/** Resolves when a node is out, or no longer. */
export async function becomes(orm: MikroORM, name: string, state: 'in' | 'out'): Promise<void> {
  await until(() => (statusOf(orm, name)?.state === 'out') === (state === 'out'), {
    what: `${name} to be ${state}, which is ${statusOf(orm, name)?.why}`,
  });
}

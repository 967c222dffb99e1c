import type { EntityManager, EntityName } from '@mikro-orm/core';

import type { PreparedQuery } from '../definition/prepared-query.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { shapeId } from '../spec/shape-id.ts';
import { type Judge, judgeOf } from './judge.ts';
import type { MissingIndex } from './missing-index.ts';
import type { Unserved } from './unserved.ts';

/** A spec that no index serves. */
export interface UnindexedSpec {
  /** Its structure without values, as the host's `loggerContext` has it. */
  readonly shape: string;
  /** What no index serves. Names fields, no values. */
  readonly message: string;
  /** What to add; empty where no index can serve it. */
  readonly missingIndexes: readonly MissingIndex[];
}

/** What becomes of specs that no index serves. */
export type RequireIndexed = 'refuse' | 'report' | ((unindexed: UnindexedSpec) => void);

/** Looks for the indexes of specs. */
export interface IndexGuard {
  /**
   * Of a spec that was read, as soon as an ORM is known.
   * @throws QuerySpecError `NOT_INDEXED` where such specs are refused
   */
  read<S extends QuerySpec>(spec: S): S;
  /** Of a spec that is about to be run. Throws as `read` does. */
  run(em: EntityManager, query: PreparedQuery, spec: QuerySpec): void;
  /**
   * Of the spec that the defaults alone make.
   * @throws QuerySpecError `INVALID_DEFINITION` where such specs are refused
   */
  prepare(em: EntityManager, query: PreparedQuery, spec: QuerySpec): void;
}

/** Shapes that are remembered as reported; the oldest one is forgotten, and may be reported again. */
const MOST_REPORTED = 1000;

/** @throws QuerySpecError `INVALID_DEFINITION` for a mode that there is not */
export function indexGuard(
  entity: EntityName,
  mode: RequireIndexed | undefined,
  assumed: readonly (readonly string[])[] = [],
): IndexGuard | undefined {
  if (mode === undefined) {
    return undefined;
  }
  requireMode(mode);
  const judges = new WeakMap<PreparedQuery, Judge>();
  const tell = mode === 'refuse' ? undefined : reporter(mode);
  /** Of the only ORM that was seen; where there are several, a spec is judged when it is known whose it is. */
  let only: Judge | 'several' | undefined;

  const judgeFor = (em: EntityManager, query: PreparedQuery): Judge => {
    const known = judges.get(query);
    if (known) {
      return known;
    }
    const judge = judgeOf(query, em, em.getMetadata().get(entity), assumed);
    judges.set(query, judge);
    only = only ? 'several' : judge;
    return judge;
  };
  const run: IndexGuard['run'] = (em, query, spec) => {
    const judge = judgeFor(em, query);
    return tell ? tell(em, spec, judge) : refuse(judge(spec));
  };

  return {
    read(spec) {
      if (typeof only === 'function' && !tell) {
        refuse(only(spec));
      }
      return spec;
    },
    run,
    prepare(em, query, spec) {
      try {
        run(em, query, spec);
      } catch (cause) {
        throw asDefinitionError(cause);
      }
    },
  };
}

function requireMode(mode: unknown): void {
  if (mode !== 'refuse' && mode !== 'report' && typeof mode !== 'function') {
    const pointer = '/requireIndexed';
    const message = `requireIndexed is 'refuse', 'report' or a function that is told, at ${pointer}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed: ['refuse', 'report'] });
  }
}

/** @throws QuerySpecError `NOT_INDEXED` when there is something that no index serves */
function refuse(unserved: readonly Unserved[]): void {
  const [first] = unserved;
  if (first) {
    const pointer = `/${first.about}`;
    const message = `No index serves ${whyOf(unserved)} at ${pointer}.`;
    throw new QuerySpecError('NOT_INDEXED', message, { pointer, missingIndexes: missingOf(unserved) });
  }
}

type Tell = (em: EntityManager, spec: QuerySpec, judge: Judge) => void;

/** Reports each shape once: to the application's function, or as a warning of the host's logger. No failure gets through. */
function reporter(mode: Exclude<RequireIndexed, 'refuse'>): Tell {
  const reported = new Set<string>();
  return (em, spec, judge) => {
    const warn = (message: string): void =>
      em.config.getLogger().warn('info', `query-spec: ${message}`, { enabled: true });
    try {
      const unserved = judge(spec);
      const shape = unserved.length > 0 ? shapeId(spec) : undefined;
      if (shape === undefined || reported.has(shape)) {
        return;
      }
      remember(reported, shape);
      const found = { shape, message: `No index serves ${whyOf(unserved)}.`, missingIndexes: missingOf(unserved) };
      const tell =
        mode === 'report' ? () => warn(`${found.message} ${adviceOf(found.missingIndexes)}(${shape})`) : mode;
      tell(found);
    } catch (error) {
      warn(`requireIndexed failed for ${shapeId(spec)}: ${String(error)}`);
    }
  };
}

function remember(reported: Set<string>, shape: string): void {
  const [oldest] = reported;
  if (reported.size >= MOST_REPORTED && oldest !== undefined) {
    reported.delete(oldest);
  }
  reported.add(shape);
}

function asDefinitionError(cause: unknown): unknown {
  if (!(cause instanceof QuerySpecError) || cause.code !== 'NOT_INDEXED') {
    return cause;
  }
  const { message, missingIndexes } = cause;
  const pointer = `/defaults${cause.pointer}`;
  const text = `In the defaults: ${message} ${adviceOf(missingIndexes)}`.trimEnd();
  return new QuerySpecError('INVALID_DEFINITION', text, { pointer, missingIndexes, cause });
}

function whyOf(unserved: readonly Unserved[]): string {
  return [...new Set(unserved.map(({ why }) => why))].join(', nor ');
}

/** None where they would not be enough. */
function missingOf(unserved: readonly Unserved[]): readonly MissingIndex[] {
  if (unserved.some(one => one.missing.length === 0)) {
    return [];
  }
  const missing = unserved.flatMap(one => one.missing);
  return [...new Map(missing.map(index => [`${index.entity} ${index.code}`, index])).values()];
}

function adviceOf(missing: readonly MissingIndex[]): string {
  return missing.map(({ entity, code }) => `Add to ${entity}: ${code}. `).join('');
}

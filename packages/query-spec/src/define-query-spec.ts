import type { EntityManager, EntityName } from '@mikro-orm/core';

import { definitionOf } from './definition/definition.ts';
import type { DeclaredTypes, QuerySpecOptions } from './definition/query-spec-options.ts';
import type { EntityQuery } from './entity-query.ts';
import { indexGuard } from './indexes/require-indexed.ts';
import { parseObject, requireDefaults } from './parse/parse-object.ts';
import { wireFormOf } from './parse/parse-query-string.ts';
import { standardProps } from './parse/standard-schema.ts';
import { QuerySpecError } from './query-spec-error.ts';
import { findList, findWindow } from './run/list.ts';
import { findPage } from './run/page.ts';
import { type Run, countRows } from './run/run.ts';
import { streamBatches } from './run/stream.ts';
import type { QuerySpec } from './spec/ast.ts';
import { IssuedSpec } from './spec/issued-spec.ts';

/**
 * Defines what callers may ask of an entity. Names and operators are inferred from it: wrong ones do not compile.
 * @throws QuerySpecError `INVALID_DEFINITION` for limits or a secret that cannot be; fields are checked on first use
 */
export function defineQuerySpec<T extends object, const D extends DeclaredTypes<T> = {}>(
  entity: EntityName<T>,
  options: QuerySpecOptions<T, D>,
): EntityQuery<T> {
  requireOptions(options);
  const secret = requireSecret(options.secret);
  const defaults = options.defaults && { ...options.defaults };
  const definition = definitionOf(entity, options, model => defaults && requireDefaults(model, defaults));
  const identity = {};
  const guard = indexGuard(entity, options.requireIndexed, options.assumeIndexed);

  const read = (input: unknown): QuerySpec<T> =>
    parseObject<T>({ model: definition.model(), defaults, identity }, input);
  const parse = guard ? (input: unknown): QuerySpec<T> => guard.read(read(input)) : read;
  const fromQueryString = (input: unknown): QuerySpec<T> =>
    parse(wireFormOf(input, definition.model().limits.queryString));
  const start = (em: EntityManager, spec: QuerySpec<T>): Run<T> => {
    if (!IssuedSpec.isOf(identity, spec)) {
      throw new QuerySpecError('FOREIGN_SPEC', 'This query runs only specs that it parsed itself; call parse() first.');
    }
    const query = definition.prepare(em);
    guard?.run(em, query, spec);
    return { em, entity, query, spec };
  };

  return {
    prepare(em) {
      const query = definition.prepare(em);
      guard?.prepare(em, query, read({}));
    },
    parse,
    fromQueryString,
    find: async (em, spec, find = {}) => findWindow(start(em, spec), spec.limit, find),
    findOne: async (em, spec, find = {}) => (await findWindow(start(em, spec), 1, find))[0] ?? null,
    count: async (em, spec, count = {}) => countRows(start(em, spec), count),
    list: async (em, spec, list = {}) => findList(start(em, spec), list),
    page: async (em, spec, page = {}) => findPage(start(em, spec), secret, page),
    async *stream(em, spec, stream = {}) {
      yield* streamBatches(start(em, spec), stream);
    },
    '~standard': standardProps({ parse, fromQueryString }),
  };
}

function requireOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new QuerySpecError('INVALID_DEFINITION', 'Expected an object of options as the second argument.');
  }
}

function requireSecret(secret: unknown): string | undefined {
  if (secret !== undefined && (typeof secret !== 'string' || secret === '')) {
    const message = 'The secret must be a string that is not empty at /secret; leave it out for unsigned cursors.';
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer: '/secret' });
  }
  return secret;
}

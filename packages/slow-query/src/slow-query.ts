import { ensureTap, sqlDialectOf } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { SlowQueries } from './slow-queries.ts';
import { SlowQueryError } from './slow-query-error.ts';
import { settingsOf, type SlowQueryOptions } from './slow-query-options.ts';

const NAME = '@mikro-kit/slow-query';

/**
 * The slow-query monitor as an extension of MikroORM: `extensions: [slowQuery({ thresholdMs: 100 })]`. Each ORM that it
 * is given to has counts of its own. Throws {@link SlowQueryError} `INVALID_OPTION` for a number out of its range.
 */
export function slowQuery(options: SlowQueryOptions = {}): { register(orm: MikroORM): void } {
  const settings = settingsOf(options);
  return {
    register(orm) {
      const queries = new SlowQueries(settings, sqlDialectOf(orm.driver.getPlatform()), () => orm.getMetadata());
      if (options.onSlow) queries.on('slow', options.onSlow);
      orm.config.registerExtension(NAME, () => queries);
      ensureTap(orm).observe(statement => queries.add(statement));
    },
  };
}

/** The monitor of this ORM. Throws {@link SlowQueryError} `NOT_REGISTERED` when it has none. */
export function getSlowQueries(orm: MikroORM): SlowQueries {
  const queries = orm.config.getExtension<SlowQueries>(NAME);
  if (queries) return queries;
  throw new SlowQueryError(
    'NOT_REGISTERED',
    'This ORM has no slow-query monitor; add slowQuery() to the extensions of its configuration.',
  );
}

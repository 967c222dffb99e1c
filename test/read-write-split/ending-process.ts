// Reads once, and then has nothing more to do: its probes must not keep it alive.
import { readWriteSplit } from '@mikro-kit/read-write-split';
import { MikroORM } from '@mikro-orm/postgresql';

import { City } from '../statement-tap/cities.ts';

const orm = await MikroORM.init({
  entities: [City],
  ...JSON.parse(process.argv[2] ?? '{}'),
  driverOptions: { idleTimeoutMillis: 100 },
  extensions: [readWriteSplit({ probe: { intervalMs: 200 } })],
});
await orm.em.fork().findOneOrFail(City, 1);

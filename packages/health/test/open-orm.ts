import { health, type HealthOptions } from '@mikro-kit/health';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/sqlite';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });

/** An ORM with one SQLite connection to a database in memory; the options may add replicas. */
export function openOrm(options: HealthOptions = {}, host: Partial<Options> = {}): MikroORM {
  return new MikroORM({ entities: [City], dbName: ':memory:', ...host, extensions: [health(options)] });
}

/** Holds the only connection, as an exhausted pool does, while `fn` runs. */
export async function whileExhausted(orm: MikroORM, fn: () => Promise<void>): Promise<void> {
  const em = orm.em.fork();
  await em.begin();
  try {
    await fn();
  } finally {
    await em.rollback();
  }
}

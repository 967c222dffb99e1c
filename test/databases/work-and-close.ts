/** A program: works on MySQL with a planned pool, closes, and must end by itself. Its argument is MikroORM's options. */
import { poolFor } from '@mikro-kit/databases';
import { MikroORM } from '@mikro-orm/mysql';

const { pool, driverOptions } = poolFor({ driver: 'mysql', concurrentUsers: 7 });
const where: object = JSON.parse(process.argv[2] ?? '{}');
const orm = await MikroORM.init({
  entities: [],
  discovery: { warnWhenNoEntities: false },
  pool,
  driverOptions,
  ...where,
});
await Promise.all(Array.from({ length: 8 }, () => orm.em.fork().execute('select sleep(0.1)')));
await orm.close();
console.log('closed');
